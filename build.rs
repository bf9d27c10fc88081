//! Takes the comments out of the shaders, which travel with the page: a third of their bytes. Lines stay where they are, so that
//! what a driver says of one is found in its source.

use std::{env, fs, io, path::Path};

fn main() -> io::Result<()> {
    let output = env::var("OUT_DIR").map_err(io::Error::other)?;
    for folder in ["src/gpu/shaders", "src/gpu/check"] {
        println!("cargo::rerun-if-changed={folder}");
        for entry in fs::read_dir(folder)? {
            let path = entry?.path();
            let Some(name) = path.file_name().filter(|_| is_shader(&path)) else {
                continue;
            };
            let source = fs::read_to_string(&path)?;
            // WGSL has no strings that could hold two slashes.
            let code = source
                .lines()
                .map(|line| line.split("//").next().unwrap_or_default());
            let code: Vec<_> = code.map(str::trim).collect();
            fs::write(Path::new(&output).join(name), code.join("\n"))?;
        }
    }
    Ok(())
}

fn is_shader(path: &Path) -> bool {
    path.extension()
        .is_some_and(|extension| extension == "wgsl")
}
