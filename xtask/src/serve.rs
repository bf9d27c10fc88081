//! A web server on localhost: the page as it lies in the checkout around engines that are built meanwhile, or `dist/`.

mod site;

use std::{
    collections::HashMap,
    convert::Infallible,
    fs,
    io::ErrorKind,
    net::TcpListener,
    path::Path,
    sync::Arc,
    thread,
    time::{Duration, Instant},
};

use anyhow::{Context, Result, anyhow, bail};
use hyper::{
    Request,
    body::{Bytes, Incoming},
    server::conn::http1,
    service::service_fn,
};
use hyper_util::rt::TokioIo;
use tokio::sync::watch;

use crate::{
    dist, paths, setup,
    shell::{self, say},
    wasm::{self, BUNDLES, Effort},
};
use site::{Engine, Site};

/// How often the engines' sources are looked at.
const GLANCE: Duration = Duration::from_secs(1);

/// Serves the page from the checkout until interrupted: at once, and painting as soon as the first engine is built.
/// A change of the page shows when it is loaded again; after one of the engines' sources they are built anew.
pub fn run(port: u16) -> Result<()> {
    let start = Instant::now();
    // Before the build, which takes minutes: a port that is taken should be said at once.
    let listener = bind(port)?;
    let address = address(&listener)?;
    let toolchain = setup::for_build()?;
    let (engines, watched) = watch::channel(BUNDLES.map(|_| Engine::Building));
    start_server(listener, Site::checkout(watched)?)?;
    say(format_args!(
        "a quick build of the engines comes first, minutes where nothing is built yet; the page will be at {address}"
    ));
    let mut known = wasm::sources()?;
    let mut announced = false;
    loop {
        for (index, bundle) in BUNDLES.iter().enumerate() {
            let begun = Instant::now();
            let built = bundle
                .build(&toolchain, Effort::Quick)
                .and_then(|folder| read_files(&folder, &bundle.files()));
            match built {
                Ok(files) => {
                    say(format_args!(
                        "{} is ready after {}",
                        bundle.title,
                        shell::clock(begun.elapsed())
                    ));
                    engines.send_modify(|all| all[index] = Engine::Ready(Arc::new(files)));
                    if !announced {
                        println!(
                            "\nLimn is at {address}  (after {}; Ctrl+C stops it)\n",
                            shell::clock(start.elapsed())
                        );
                        announced = true;
                    }
                }
                Err(error) => {
                    let error = format!("{error:#}");
                    say(format_args!("{} could not be built: {error}", bundle.title));
                    // What was built before goes on being served.
                    engines.send_if_modified(|all| {
                        let missing = matches!(all[index], Engine::Building);
                        if missing {
                            all[index] = Engine::Failed(error);
                        }
                        missing
                    });
                }
            }
        }
        if !announced {
            bail!("no engine could be built");
        }
        say(
            "the page shows changes of www/ when it is loaded again; changes of the engines are built when they are saved",
        );
        loop {
            thread::sleep(GLANCE);
            // A file that is just being written is a change that the next look sees.
            if let Ok(now) = wasm::sources()
                && now != known
            {
                known = now;
                break;
            }
        }
    }
}

/// Builds the page as it is published and serves `dist/` until interrupted.
pub fn run_dist(port: u16) -> Result<()> {
    let listener = bind(port)?;
    let address = address(&listener)?;
    dist::run()?;
    println!("\nLimn is at {address}  (Ctrl+C stops it)");
    start_server(listener, Site::folder(&paths::dist())?)?
        .join()
        .map_err(|_| anyhow!("the server panicked"))
}

fn bind(port: u16) -> Result<TcpListener> {
    TcpListener::bind(("127.0.0.1", port)).map_err(|error| match error.kind() {
        ErrorKind::AddrInUse => {
            anyhow!("port {port} is in use: stop what serves there, or pick another with --port")
        }
        _ => anyhow!("could not listen on port {port}: {error}"),
    })
}

fn address(listener: &TcpListener) -> Result<String> {
    Ok(format!(
        "http://localhost:{}/",
        listener.local_addr()?.port()
    ))
}

/// Names and contents of files.
fn read_files(folder: &Path, names: &[String]) -> Result<HashMap<String, Bytes>> {
    let read = |name: &String| {
        let path = folder.join(name);
        let bytes = fs::read(&path).with_context(|| path.display().to_string())?;
        Ok((name.clone(), Bytes::from(bytes)))
    };
    names.iter().map(read).collect()
}

/// Answers on a thread of its own. A task for each connection: a browser holds several open that it does not use, and
/// must not so keep others from being answered.
fn start_server(listener: TcpListener, site: Site) -> Result<thread::JoinHandle<()>> {
    listener.set_nonblocking(true)?;
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()?;
    let listener = {
        let _context = runtime.enter();
        tokio::net::TcpListener::from_std(listener)?
    };
    let site = Arc::new(site);
    Ok(thread::spawn(move || {
        runtime.block_on(async {
            loop {
                let Ok((stream, _)) = listener.accept().await else {
                    // Too many open files, say: some will be closed.
                    tokio::time::sleep(Duration::from_millis(50)).await;
                    continue;
                };
                let site = Arc::clone(&site);
                tokio::spawn(async move {
                    let site = &site;
                    let service = service_fn(|request: Request<Incoming>| async move {
                        let reply = site.reply(request.method(), request.uri().path()).await;
                        Ok::<_, Infallible>(reply.into_response())
                    });
                    // The browser may have gone away; the next connection is what counts.
                    let _ = http1::Builder::new()
                        .serve_connection(TokioIo::new(stream), service)
                        .await;
                });
            }
        })
    }))
}

#[cfg(test)]
mod tests {
    use std::{
        io::{Read, Write},
        net::TcpStream,
    };

    use super::{
        site::tests::{Folder, INDEX},
        *,
    };
    use crate::page;

    /// A request on a connection of its own, closed after the answer.
    fn ask(port: u16, method: &str, url: &str) -> String {
        let mut stream = TcpStream::connect(("127.0.0.1", port)).unwrap();
        stream
            .set_read_timeout(Some(Duration::from_secs(20)))
            .unwrap();
        write!(
            stream,
            "{method} {url} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n"
        )
        .unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).unwrap();
        answer
    }

    /// Serves on a free port.
    fn start(site: Site) -> u16 {
        let listener = bind(0).unwrap();
        let port = listener.local_addr().unwrap().port();
        start_server(listener, site).unwrap();
        port
    }

    #[test]
    fn head_has_no_body_post_is_refused_and_a_taken_port_is_said() {
        let folder = Folder::new("socket");
        let port = start(folder.site());
        let error = bind(port).map(|_| ()).unwrap_err().to_string();
        assert!(error.contains(&format!("port {port} is in use")), "{error}");
        let head = ask(port, "HEAD", "/?engine=cpu").to_lowercase();
        assert!(
            head.starts_with("http/1.1 200") && head.ends_with("\r\n\r\n"),
            "{head}"
        );
        assert!(
            head.contains(&format!("content-length: {}", INDEX.len())),
            "{head}"
        );
        assert!(ask(port, "GET", "/?lang=de").ends_with(INDEX));
        assert!(ask(port, "POST", "/").starts_with("HTTP/1.1 405"));
        assert!(ask(port, "GET", "/missing").starts_with("HTTP/1.1 404"));
    }

    #[test]
    fn open_connections_without_a_request_keep_nobody_waiting() {
        let folder = Folder::new("idle");
        let port = start(folder.site());
        let open = |_| TcpStream::connect(("127.0.0.1", port)).unwrap();
        let silent: Vec<TcpStream> = (0..100).map(open).collect();
        // Opened in one go, as a browser does, then asked one by one and kept open.
        let mut kept: Vec<TcpStream> = (0..100).map(open).collect();
        for (turn, stream) in kept.iter_mut().enumerate() {
            stream
                .set_read_timeout(Some(Duration::from_secs(20)))
                .unwrap();
            write!(stream, "GET / HTTP/1.1\r\nHost: localhost\r\n\r\n").unwrap();
            let mut answer = [0; 12];
            stream
                .read_exact(&mut answer)
                .unwrap_or_else(|error| panic!("connection {turn} was not answered: {error}"));
            assert_eq!(&answer, b"HTTP/1.1 200");
        }
        assert!(ask(port, "GET", "/").ends_with(INDEX));
        drop(silent);
    }

    #[test]
    fn an_engine_that_is_being_built_is_waited_for_and_a_broken_one_says_why() {
        let folder = Folder::new("engines");
        let (engines, watched) = watch::channel(BUNDLES.map(|_| Engine::Building));
        let mut site = folder.site();
        site.engines = Some(watched);
        let port = start(site);
        let [first, second, _] = BUNDLES.map(|bundle| format!("{}.js", bundle.name));
        let asked = [&first, &second].map(|file| {
            let url = format!("/{}/{file}", page::ENGINES);
            thread::spawn(move || ask(port, "GET", &url))
        });
        // The rest of the page does not wait.
        assert!(ask(port, "GET", "/").ends_with(INDEX));
        assert!(asked.iter().all(|thread| !thread.is_finished()));
        let files = HashMap::from([(first, Bytes::from_static(b"the engine"))]);
        engines.send_modify(|all| {
            all[0] = Engine::Ready(Arc::new(files));
            all[1] = Engine::Failed("a mistake in line 7".into());
        });
        let [ready, failed] = asked.map(|thread| thread.join().unwrap());
        assert!(ready.starts_with("HTTP/1.1 200") && ready.ends_with("the engine"));
        assert!(failed.starts_with("HTTP/1.1 503") && failed.ends_with("a mistake in line 7"));
    }
}
