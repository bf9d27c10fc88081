//! What the server answers: the files of the page, with their types and the headers that a careful host would send, and
//! engines from memory.

use std::{
    collections::HashMap,
    fs,
    path::{Component, Path, PathBuf},
    sync::Arc,
};

use anyhow::{Context, Result, bail};
use http_body_util::Full;
use hyper::{
    HeaderMap, Method, Response, StatusCode,
    body::Bytes,
    header::{HeaderName, HeaderValue},
};
use percent_encoding::percent_decode_str;
use tokio::sync::watch;

use crate::{
    page::{self, Part},
    wasm::BUNDLES,
};

/// How far one of the engines is.
pub enum Engine {
    Building,
    Ready(Arc<HashMap<String, Bytes>>),
    Failed(String),
}

pub type Engines = [Engine; BUNDLES.len()];

/// What is served.
pub struct Site {
    parts: Vec<Part>,
    /// Engines from memory; none where they are files like all the others.
    pub engines: Option<watch::Receiver<Engines>>,
}

pub struct Reply {
    status: StatusCode,
    headers: Vec<(&'static str, String)>,
    body: Bytes,
}

impl Site {
    /// The page from where its parts lie in the checkout. Its service worker so is the one without a release, which
    /// keeps nothing: what is served is what lies there now.
    pub fn checkout(engines: watch::Receiver<Engines>) -> Result<Self> {
        let site = Self {
            parts: page::parts().into(),
            engines: Some(engines),
        };
        site.policy().map(|_| site)
    }

    /// A folder that holds all of the page.
    pub fn folder(folder: &Path) -> Result<Self> {
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

    pub async fn reply(&self, method: &Method, path: &str) -> Reply {
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
    pub fn into_response(self) -> Response<Full<Bytes>> {
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
        "avif" => "image/avif",
        "webp" => "image/webp",
        "ico" => "image/x-icon",
        "ts" | "txt" | "md" => "text/plain; charset=utf-8",
        _ => "application/octet-stream",
    }
}

#[cfg(test)]
pub mod tests {
    use super::*;

    pub const INDEX: &str = "<meta\n http-equiv=\"Content-Security-Policy\"\n content=\"default-src 'none';\n img-src 'self'\">";

    /// A folder of its own per test, removed at the end.
    pub struct Folder(PathBuf);

    impl Folder {
        pub fn new(name: &str) -> Self {
            let folder =
                std::env::temp_dir().join(format!("limn-serve-{name}-{}", std::process::id()));
            fs::create_dir_all(folder.join("site/pkg")).unwrap();
            fs::write(folder.join("site/index.html"), INDEX).unwrap();
            fs::write(folder.join("site/pkg/a b.wasm"), b"\0asm").unwrap();
            fs::write(folder.join("secret.txt"), "secret").unwrap();
            Self(folder)
        }

        pub fn site(&self) -> Site {
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
