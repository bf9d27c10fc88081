//! A web server on localhost: the page as it lies in the checkout around engines that are built meanwhile, or `dist/`;
//! with the right MIME types and the headers a careful host would send.

use std::{
    collections::HashMap,
    convert::Infallible,
    fs,
    io::ErrorKind,
    net::TcpListener,
    path::{Component, Path, PathBuf},
    sync::Arc,
    thread,
    time::{Duration, Instant},
};

use anyhow::{Context, Result, anyhow, bail};
use http_body_util::Full;
use hyper::{
    HeaderMap, Method, Request, Response, StatusCode,
    body::{Bytes, Incoming},
    header::{HeaderName, HeaderValue},
    server::conn::http1,
    service::service_fn,
};
use hyper_util::rt::TokioIo;
use percent_encoding::percent_decode_str;
use tokio::sync::watch;

use crate::{
    dist,
    page::{self, Part},
    paths, setup,
    shell::{self, say},
    wasm::{self, BUNDLES, Effort},
};

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
        "a quick build of two engines comes first, minutes where nothing is built yet; the page will be at {address}"
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

/// How far one of the engines is.
enum Engine {
    Building,
    Ready(Arc<HashMap<String, Bytes>>),
    Failed(String),
}

type Engines = [Engine; BUNDLES.len()];

/// What is served.
struct Site {
    parts: Vec<Part>,
    /// Engines from memory; none where they are files like all the others.
    engines: Option<watch::Receiver<Engines>>,
}

struct Reply {
    status: StatusCode,
    headers: Vec<(&'static str, String)>,
    body: Bytes,
}

impl Site {
    /// The page from where its parts lie in the checkout. Its service worker so is the one without a release, which
    /// keeps nothing: what is served is what lies there now.
    fn checkout(engines: watch::Receiver<Engines>) -> Result<Self> {
        let site = Self {
            parts: page::parts().into(),
            engines: Some(engines),
        };
        site.policy().map(|_| site)
    }

    /// A folder that holds all of the page.
    fn folder(folder: &Path) -> Result<Self> {
        let site = Self {
            parts: vec![Part::Folder {
                prefix: "",
                folder: folder.to_owned(),
                wants: |_| true,
            }],
            engines: None,
        };
        site.policy().map(|_| site)
    }

    /// The page's own content security policy, as it stands there now.
    fn policy(&self) -> Result<String> {
        let page = self.find("/").context("there is no index.html to serve")?;
        content_security_policy(&fs::read_to_string(page).context("index.html")?)
    }

    async fn reply(&self, method: &Method, path: &str) -> Reply {
        if !matches!(*method, Method::GET | Method::HEAD) {
            let mut reply = self.text(
                StatusCode::METHOD_NOT_ALLOWED,
                "this server answers GET and HEAD\n",
            );
            reply.headers.push(("Allow", "GET, HEAD".into()));
            return reply;
        }
        if let (Some(engines), Some((index, file))) = (
            &self.engines,
            page::engine_file(path.trim_start_matches('/')),
        ) {
            return self.engine(engines.clone(), index, file).await;
        }
        // Read where all connections are served: a file of the page takes a millisecond.
        match self
            .find(path)
            .and_then(|file| Some((fs::read(&file).ok()?, media_type(&file))))
        {
            Some((body, media_type)) => self.with_headers(StatusCode::OK, media_type, body.into()),
            None => self.text(StatusCode::NOT_FOUND, "not found\n"),
        }
    }

    /// A file of an engine. While the engine is built for the first time the answer waits: the page then says that the
    /// engine starts, where without an answer it would settle for another one.
    async fn engine(
        &self,
        mut engines: watch::Receiver<Engines>,
        index: usize,
        file: &str,
    ) -> Reply {
        let found = engines
            .wait_for(|all| !matches!(all[index], Engine::Building))
            .await
            .map(|all| match &all[index] {
                Engine::Ready(files) => Ok(files.get(file).cloned()),
                Engine::Failed(error) => Err(error.clone()),
                Engine::Building => Ok(None),
            });
        match found {
            Ok(Ok(Some(body))) => {
                self.with_headers(StatusCode::OK, media_type(Path::new(file)), body)
            }
            Ok(Ok(None)) => self.text(StatusCode::NOT_FOUND, "not found\n"),
            Ok(Err(error)) => self.text(StatusCode::SERVICE_UNAVAILABLE, &error),
            Err(_) => self.text(
                StatusCode::SERVICE_UNAVAILABLE,
                "no engine is being built\n",
            ),
        }
    }

    /// The file behind a URL's path; none where it is missing or outside the parts.
    fn find(&self, path: &str) -> Option<PathBuf> {
        let decoded = percent_decode_str(path).decode_utf8().ok()?;
        let name = decoded.trim_start_matches('/');
        let plain = Path::new(name)
            .components()
            .all(|part| matches!(part, Component::Normal(_)));
        if !plain || name.contains(['\\', '\0']) {
            return None;
        }
        self.parts.iter().find_map(|part| match part {
            Part::File { name: own, file } => {
                (*own == name && file.is_file()).then(|| file.clone())
            }
            Part::Folder {
                prefix,
                folder,
                wants,
            } => {
                let relative = Path::new(name).strip_prefix(prefix).ok()?;
                let mut file = folder.join(relative);
                if file.is_dir() {
                    file.push("index.html");
                }
                // A link may still point elsewhere.
                let (file, folder) = (file.canonicalize().ok()?, folder.canonicalize().ok()?);
                (wants(file.strip_prefix(folder).ok()?) && file.is_file()).then_some(file)
            }
        })
    }

    fn text(&self, status: StatusCode, body: &str) -> Reply {
        self.with_headers(
            status,
            "text/plain; charset=utf-8",
            body.as_bytes().to_vec().into(),
        )
    }

    fn with_headers(&self, status: StatusCode, media_type: &str, body: Bytes) -> Reply {
        let mut headers = vec![
            ("Content-Type", media_type.to_owned()),
            ("Cache-Control", "no-cache".into()),
            ("X-Content-Type-Options", "nosniff".into()),
            ("Referrer-Policy", "no-referrer".into()),
            ("Cross-Origin-Resource-Policy", "same-origin".into()),
            ("Permissions-Policy", "camera=(self)".into()),
        ];
        // Without one, while the page is being rewritten, the browser still reads the page's own.
        if let Ok(policy) = self.policy() {
            headers.push(("Content-Security-Policy", policy));
        }
        Reply {
            status,
            headers,
            body,
        }
    }
}

impl Reply {
    /// `hyper` leaves the body out for HEAD and keeps its length.
    fn into_response(self) -> Response<Full<Bytes>> {
        let mut response = Response::new(Full::new(self.body));
        *response.status_mut() = self.status;
        let headers = self.headers.into_iter().filter_map(|(name, value)| {
            let name = HeaderName::from_bytes(name.as_bytes()).ok()?;
            Some((name, HeaderValue::from_str(&value).ok()?))
        });
        *response.headers_mut() = headers.collect::<HeaderMap>();
        response
    }
}

/// The policy in the page's `<meta http-equiv="Content-Security-Policy">`, so that header and page cannot differ.
fn content_security_policy(html: &str) -> Result<String> {
    let policy = html
        .split_once("http-equiv=\"Content-Security-Policy\"")
        .and_then(|(_, rest)| rest.split_once('>'))
        .and_then(|(tag, _)| tag.split_once("content=\""))
        .and_then(|(_, rest)| rest.split_once('"'));
    match policy {
        Some((policy, _)) => Ok(policy.split_whitespace().collect::<Vec<_>>().join(" ")),
        None => {
            bail!("index.html has no <meta http-equiv=\"Content-Security-Policy\" content=\"…\">")
        }
    }
}

fn media_type(file: &Path) -> &'static str {
    match file
        .extension()
        .and_then(|extension| extension.to_str())
        .unwrap_or_default()
    {
        "html" => "text/html; charset=utf-8",
        "css" => "text/css; charset=utf-8",
        "js" | "mjs" => "text/javascript; charset=utf-8",
        "json" | "map" => "application/json",
        "webmanifest" => "application/manifest+json",
        "wasm" => "application/wasm",
        "svg" => "image/svg+xml",
        "png" => "image/png",
        "jpg" | "jpeg" => "image/jpeg",
        "webp" => "image/webp",
        "ico" => "image/x-icon",
        "ts" | "txt" | "md" => "text/plain; charset=utf-8",
        _ => "application/octet-stream",
    }
}

#[cfg(test)]
mod tests {
    use std::{
        io::{Read, Write},
        net::TcpStream,
    };

    use super::*;

    const INDEX: &str = "<meta\n http-equiv=\"Content-Security-Policy\"\n content=\"default-src 'none';\n img-src 'self'\">";

    /// A folder of its own per test, removed at the end.
    struct Folder(PathBuf);

    impl Folder {
        fn new(name: &str) -> Self {
            let folder =
                std::env::temp_dir().join(format!("limn-serve-{name}-{}", std::process::id()));
            fs::create_dir_all(folder.join("site/pkg")).unwrap();
            fs::write(folder.join("site/index.html"), INDEX).unwrap();
            fs::write(folder.join("site/pkg/a b.wasm"), b"\0asm").unwrap();
            fs::write(folder.join("secret.txt"), "secret").unwrap();
            Self(folder)
        }

        fn site(&self) -> Site {
            Site::folder(&self.0.join("site")).unwrap()
        }
    }

    impl Drop for Folder {
        fn drop(&mut self) {
            let _ = fs::remove_dir_all(&self.0);
        }
    }

    fn header<'a>(reply: &'a Reply, name: &str) -> &'a str {
        &reply
            .headers
            .iter()
            .find(|(key, _)| *key == name)
            .unwrap_or_else(|| panic!("no {name}"))
            .1
    }

    fn get(site: &Site, path: &str) -> Reply {
        let runtime = tokio::runtime::Builder::new_current_thread().build();
        runtime.unwrap().block_on(site.reply(&Method::GET, path))
    }

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
    fn files_come_with_their_type_and_the_page_s_own_policy() {
        let folder = Folder::new("types");
        let site = folder.site();
        let page = get(&site, "/");
        assert_eq!(
            (page.status, &page.body[..]),
            (StatusCode::OK, INDEX.as_bytes())
        );
        assert_eq!(header(&page, "Content-Type"), "text/html; charset=utf-8");
        assert_eq!(
            header(&page, "Content-Security-Policy"),
            "default-src 'none'; img-src 'self'"
        );
        let wasm = get(&site, "/pkg/a%20b.wasm");
        assert_eq!(
            (wasm.status, header(&wasm, "Content-Type")),
            (StatusCode::OK, "application/wasm")
        );
        assert_eq!(header(&wasm, "X-Content-Type-Options"), "nosniff");
        assert_eq!(header(&wasm, "Cache-Control"), "no-cache");
        for (file, media) in [
            ("a.js", "text/javascript; charset=utf-8"),
            ("a.json", "application/json"),
            ("a.svg", "image/svg+xml"),
            ("a.bpk", "application/octet-stream"),
        ] {
            assert_eq!(media_type(Path::new(file)), media);
        }
    }

    #[test]
    fn nothing_outside_the_folder_is_served() {
        let folder = Folder::new("traversal");
        let site = folder.site();
        for url in [
            "/../secret.txt",
            "/%2e%2e/secret.txt",
            "/pkg/..%2f..%2fsecret.txt",
            "/..%5csecret.txt",
            "//etc/passwd",
            "/%2fetc/passwd",
            "/missing",
            "/%zz",
            "/%ff",
        ] {
            assert_eq!(get(&site, url).status, StatusCode::NOT_FOUND, "{url}");
        }
        #[cfg(unix)]
        {
            std::os::unix::fs::symlink(folder.0.join("secret.txt"), folder.0.join("site/link.txt"))
                .unwrap();
            assert_eq!(get(&site, "/link.txt").status, StatusCode::NOT_FOUND);
        }
    }

    #[test]
    fn a_page_without_a_policy_is_an_error() {
        assert!(content_security_policy("<meta charset=\"utf-8\">").is_err());
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
        let [first, second] = BUNDLES.map(|bundle| format!("{}.js", bundle.name));
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

    #[test]
    fn the_page_is_served_from_where_its_parts_lie() {
        let (_engines, watched) = watch::channel(BUNDLES.map(|_| Engine::Building));
        let site = Site::checkout(watched).unwrap();
        for name in ["/", "/models/styles.json", "/models/portrait.jpg"] {
            assert_eq!(get(&site, name).status, StatusCode::OK, "{name}");
        }
        for name in ["/tsconfig.json", "/models/README.md", "/Cargo.toml"] {
            assert_eq!(get(&site, name).status, StatusCode::NOT_FOUND, "{name}");
        }
    }
}
