//! A web server for `dist/` on localhost: the right MIME types, and the headers a careful host would send.

use std::{
    fs,
    io::{Cursor, ErrorKind},
    path::{Component, Path, PathBuf},
    sync::Arc,
    thread,
};

use anyhow::{Context, Result, anyhow, bail};
use tiny_http::{Header, Method, Response, Server};

use crate::{dist, paths};

/// Enough for one reader's browser, which opens six connections to a host.
const WORKERS: usize = 8;

/// Builds the page and serves it until interrupted.
pub fn run(port: u16) -> Result<()> {
    // Before the build, which takes minutes: a port that is taken should be said at once.
    let server = bind(port)?;
    dist::run()?;
    let site = Arc::new(Site::open(paths::dist())?);
    let address = server
        .server_addr()
        .to_ip()
        .context("the server has no address")?;
    println!(
        "\nLimn is at http://localhost:{}/  (Ctrl+C stops it)",
        address.port()
    );
    serve(Arc::new(server), site);
    Ok(())
}

fn bind(port: u16) -> Result<Server> {
    Server::http(("127.0.0.1", port)).map_err(|error| {
        match error.downcast_ref::<std::io::Error>() {
            Some(io) if io.kind() == ErrorKind::AddrInUse => {
                anyhow!(
                    "port {port} is in use: stop what serves there, or pick another with --port"
                )
            }
            _ => anyhow!("could not listen on port {port}: {error}"),
        }
    })
}

fn serve(server: Arc<Server>, site: Arc<Site>) {
    let workers = (0..WORKERS).map(|_| {
        let (server, site) = (Arc::clone(&server), Arc::clone(&site));
        thread::spawn(move || {
            for request in server.incoming_requests() {
                let reply = site.reply(request.method(), request.url());
                // The browser may have gone away; the next request is what counts.
                let _ = request.respond(reply.into_response());
            }
        })
    });
    for worker in workers.collect::<Vec<_>>() {
        let _ = worker.join();
    }
}

/// The folder that is served, and the page's own content security policy.
struct Site {
    root: PathBuf,
    policy: String,
}

struct Reply {
    status: u16,
    headers: Vec<(&'static str, String)>,
    body: Vec<u8>,
}

impl Site {
    fn open(root: PathBuf) -> Result<Self> {
        let root = root
            .canonicalize()
            .with_context(|| root.display().to_string())?;
        let index = fs::read_to_string(root.join("index.html")).context("index.html")?;
        Ok(Self {
            root,
            policy: content_security_policy(&index)?,
        })
    }

    fn reply(&self, method: &Method, url: &str) -> Reply {
        if !matches!(method, Method::Get | Method::Head) {
            let mut reply = self.text(405, "this server answers GET and HEAD\n");
            reply.headers.push(("Allow", "GET, HEAD".into()));
            return reply;
        }
        let path = url.split(['?', '#']).next().unwrap_or_default();
        match self
            .find(path)
            .and_then(|file| Some((fs::read(&file).ok()?, media_type(&file))))
        {
            Some((body, media_type)) => self.with_headers(200, media_type, body),
            None => self.text(404, "not found\n"),
        }
    }

    /// The file behind a URL's path; none where it is missing or outside the folder.
    fn find(&self, path: &str) -> Option<PathBuf> {
        let decoded = percent_decode(path)?;
        let relative = Path::new(decoded.trim_start_matches('/'));
        let plain = relative
            .components()
            .all(|part| matches!(part, Component::Normal(_)));
        if !plain || decoded.contains(['\\', '\0']) {
            return None;
        }
        let mut file = self.root.join(relative);
        if file.is_dir() {
            file.push("index.html");
        }
        // A link may still point elsewhere.
        let file = file.canonicalize().ok()?;
        (file.starts_with(&self.root) && file.is_file()).then_some(file)
    }

    fn text(&self, status: u16, body: &str) -> Reply {
        self.with_headers(
            status,
            "text/plain; charset=utf-8",
            body.as_bytes().to_vec(),
        )
    }

    fn with_headers(&self, status: u16, media_type: &str, body: Vec<u8>) -> Reply {
        let headers = vec![
            ("Content-Type", media_type.to_owned()),
            ("Cache-Control", "no-cache".into()),
            ("Content-Security-Policy", self.policy.clone()),
            ("X-Content-Type-Options", "nosniff".into()),
            ("Referrer-Policy", "no-referrer".into()),
            ("Cross-Origin-Resource-Policy", "same-origin".into()),
            ("Permissions-Policy", "camera=(self)".into()),
        ];
        Reply {
            status,
            headers,
            body,
        }
    }
}

impl Reply {
    /// `tiny_http` leaves the body out for HEAD and keeps its length.
    fn into_response(self) -> Response<Cursor<Vec<u8>>> {
        let mut response = Response::from_data(self.body).with_status_code(self.status);
        for (name, value) in self.headers {
            if let Ok(header) = Header::from_bytes(name, value) {
                response.add_header(header);
            }
        }
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

/// None where an escape is broken or the result is not UTF-8.
fn percent_decode(text: &str) -> Option<String> {
    let mut bytes = text.bytes();
    let mut decoded = Vec::with_capacity(text.len());
    while let Some(byte) = bytes.next() {
        decoded.push(match byte {
            b'%' => {
                let mut digit = || char::from(bytes.next()?).to_digit(16);
                (digit()? * 16 + digit()?) as u8
            }
            _ => byte,
        });
    }
    String::from_utf8(decoded).ok()
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
            Site::open(self.0.join("site")).unwrap()
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

    #[test]
    fn files_come_with_their_type_and_the_page_s_own_policy() {
        let folder = Folder::new("types");
        let site = folder.site();
        let page = site.reply(&Method::Get, "/?engine=cpu");
        assert_eq!((page.status, page.body.as_slice()), (200, INDEX.as_bytes()));
        assert_eq!(header(&page, "Content-Type"), "text/html; charset=utf-8");
        assert_eq!(
            header(&page, "Content-Security-Policy"),
            "default-src 'none'; img-src 'self'"
        );
        let wasm = site.reply(&Method::Get, "/pkg/a%20b.wasm");
        assert_eq!(
            (wasm.status, header(&wasm, "Content-Type")),
            (200, "application/wasm")
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
            assert_eq!(site.reply(&Method::Get, url).status, 404, "{url}");
        }
        #[cfg(unix)]
        {
            std::os::unix::fs::symlink(folder.0.join("secret.txt"), folder.0.join("site/link.txt"))
                .unwrap();
            assert_eq!(site.reply(&Method::Get, "/link.txt").status, 404);
        }
    }

    #[test]
    fn a_page_without_a_policy_is_an_error() {
        assert!(content_security_policy("<meta charset=\"utf-8\">").is_err());
    }

    #[test]
    fn head_has_no_body_post_is_refused_and_a_taken_port_is_said() {
        let folder = Folder::new("socket");
        let server = Arc::new(bind(0).unwrap());
        let port = server.server_addr().to_ip().unwrap().port();
        let error = bind(port).map(|_| ()).unwrap_err().to_string();
        assert!(error.contains(&format!("port {port} is in use")), "{error}");

        let site = Arc::new(folder.site());
        let background = Arc::clone(&server);
        thread::spawn(move || serve(background, site));
        let ask = |method: &str, url: &str| {
            let mut stream = TcpStream::connect(("127.0.0.1", port)).unwrap();
            write!(
                stream,
                "{method} {url} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n"
            )
            .unwrap();
            let mut answer = String::new();
            stream.read_to_string(&mut answer).unwrap();
            answer
        };
        let head = ask("HEAD", "/");
        assert!(
            head.starts_with("HTTP/1.1 200") && head.ends_with("\r\n\r\n"),
            "{head}"
        );
        assert!(
            head.contains(&format!("Content-Length: {}", INDEX.len())),
            "{head}"
        );
        assert!(ask("GET", "/").ends_with(INDEX));
        assert!(ask("POST", "/").starts_with("HTTP/1.1 405"));
        assert!(ask("GET", "/missing").starts_with("HTTP/1.1 404"));
    }
}
