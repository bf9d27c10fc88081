//! Tells the browser at once which modules the page will ask for. Modules import modules: without this a first visit
//! finds out about them one floor after the other, a journey to the server each.

use std::{collections::BTreeSet, fs, path::Path};

use anyhow::{Context, Result, ensure};

const PAGE: &str = "index.html";
/// How the page names its first module.
const SCRIPT: &str = "<script type=\"module\" src=\"";

/// Writes a `<link rel="modulepreload">` for every module below the page's own script into the page.
///
/// # Errors
/// Where the page has no script or a module that is imported is missing.
pub fn write(dist: &Path) -> Result<()> {
    let path = dist.join(PAGE);
    let html = fs::read_to_string(&path).context(PAGE)?;
    let (head, rest) = html
        .split_once(SCRIPT)
        .with_context(|| format!("{PAGE} has no {SCRIPT}…\">"))?;
    let (entry, _) = rest.split_once('"').context("a script's address ends")?;
    let margin = &head[head.rfind('\n').map_or(0, |at| at + 1)..];
    let links: String = below(dist, entry)?
        .iter()
        .map(|name| format!("<link rel=\"modulepreload\" href=\"{name}\">\n{margin}"))
        .collect();
    fs::write(&path, format!("{head}{links}{SCRIPT}{rest}"))?;
    Ok(())
}

/// The modules that `entry` imports, those that they import and so on; without `entry`. Those that are loaded on demand
/// (`import(…)`) are not among them.
fn below(dist: &Path, entry: &str) -> Result<BTreeSet<String>> {
    let mut found = BTreeSet::from([entry.to_owned()]);
    let mut open = vec![entry.to_owned()];
    while let Some(name) = open.pop() {
        let script = fs::read_to_string(dist.join(&name)).with_context(|| name.clone())?;
        for address in imports(&script) {
            let imported = resolve(&name, address)?;
            if found.insert(imported.clone()) {
                open.push(imported);
            }
        }
    }
    found.remove(entry);
    Ok(found)
}

/// Addresses in a module's `import … from "…";`, `import "…";` and `export … from "…";`, each at the start of a line.
fn imports(script: &str) -> Vec<&str> {
    let starts = script.match_indices(['i', 'e']).filter(|(at, _)| {
        let line = &script[*at..];
        (*at == 0 || script.as_bytes()[at - 1] == b'\n')
            && ["import ", "export {", "export * "]
                .iter()
                .any(|word| line.starts_with(word))
    });
    starts
        .filter_map(|(at, _)| {
            let (statement, _) = script[at..].split_once(';')?;
            let (before, address) = statement.strip_suffix('"')?.rsplit_once('"')?;
            (before.ends_with(" from ") || before == "import ").then_some(address)
        })
        .collect()
}

/// `address`, as it stands in the module `from`, as a path from the page.
fn resolve(from: &str, address: &str) -> Result<String> {
    ensure!(
        address.starts_with("./") || address.starts_with("../"),
        "{from} imports {address}, which is no file of the page"
    );
    let mut parts: Vec<&str> = from.split('/').collect();
    parts.pop();
    for part in address.split('/') {
        match part {
            "." => {}
            ".." => {
                let folder = parts.pop();
                ensure!(
                    folder.is_some(),
                    "{from} imports {address}: outside the page"
                );
            }
            name => parts.push(name),
        }
    }
    Ok(parts.join("/"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn imports_are_found_and_types_and_words_are_not() {
        let script = "import { a,\n  b } from \"./tiles.js\";\nimport \"../more.js\";\nexport { c } from \"./c.js\";\n\
                      /** @typedef {import(\"./limn.d.ts\").Info} Info */\nexport const x = Array.from(\"./no\");\n\
                      const y = () => import(\"./late.js\");\nexport { x };\n// import { z } from \"./z.js\";\n";
        assert_eq!(imports(script), ["./tiles.js", "../more.js", "./c.js"]);
    }

    #[test]
    fn addresses_are_those_of_the_page() {
        assert_eq!(
            resolve("page/main.js", "../ui/dom.js").unwrap(),
            "ui/dom.js"
        );
        assert_eq!(resolve("a/b/c.js", "./d.js").unwrap(), "a/b/d.js");
        assert!(resolve("main.js", "../d.js").is_err());
        assert!(resolve("main.js", "library").is_err());
    }

    #[test]
    fn every_module_below_the_page_s_script_is_named_once() {
        let folder = std::env::temp_dir().join(format!("limn-preload-{}", std::process::id()));
        fs::create_dir_all(folder.join("ui")).unwrap();
        let write_file = |name: &str, text: &str| fs::write(folder.join(name), text).unwrap();
        write_file(
            "index.html",
            "<head>\n    <script type=\"module\" src=\"main.js\"></script>\n",
        );
        write_file(
            "main.js",
            "import { a } from \"./ui/a.js\";\nimport { b } from \"./ui/b.js\";\n",
        );
        write_file("ui/a.js", "import { b } from \"./b.js\";\n");
        write_file("ui/b.js", "import { a } from \"./a.js\";\n");
        write(&folder).unwrap();
        let html = fs::read_to_string(folder.join("index.html")).unwrap();
        assert_eq!(
            html,
            "<head>\n    <link rel=\"modulepreload\" href=\"ui/a.js\">\n    \
             <link rel=\"modulepreload\" href=\"ui/b.js\">\n    <script type=\"module\" src=\"main.js\"></script>\n"
        );
        fs::remove_file(folder.join("ui/b.js")).unwrap();
        assert!(write(&folder).is_err());
        fs::remove_dir_all(&folder).unwrap();
    }
}
