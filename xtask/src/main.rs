//! `cargo xtask`: sets up, builds, serves, packs and tests Limn.
//!
//! One room per job: [`setup`] finds or installs tools, [`wasm`] builds the two engine bundles, [`page`] knows what the
//! page is made of, [`dist`] puts it together and weighs it, [`package`] makes an npm package of the engine, [`serve`]
//! serves the page, [`lint`] reads the sources, [`mod@test`] runs every check, [`mod@bench`] compares with peers.

mod bench;
mod digest;
mod dist;
mod lint;
mod package;
mod page;
mod paths;
mod preload;
mod serve;
mod setup;
mod shell;
mod test;
mod wasm;

use std::process::ExitCode;

use anyhow::{Context, Result, bail};

const USAGE: &str = "\
usage: cargo xtask COMMAND

  setup [--tests]       find or install what the build (and the tests) need
  dist [--page]         build the page into dist/ and print what it weighs; --page keeps the engines of the last build
  package [--from-dist] the engine as an npm package in target/package/; --from-dist takes the dist/ that is there
  serve [--port 8080]   setup, a quick build of the engines, and a web server on localhost; with --dist, the page as
        [--dist]        it is published
  lint                  what of the checks runs nothing: formatting, clippy, documentation, licences, dependencies
  bench web             times against onnxruntime-web in both browsers, into docs/benchmarks.md
  test [STAGE...]       every check, or the named ones: lint native types dist browser";

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    match run(&arguments) {
        Ok(code) => code,
        Err(error) => {
            eprintln!("error: {error:#}");
            ExitCode::FAILURE
        }
    }
}

fn run(arguments: &[String]) -> Result<ExitCode> {
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    match arguments.as_slice() {
        [] | ["help" | "-h" | "--help", ..] => println!("{USAGE}"),
        ["setup"] => setup::for_build().map(drop)?,
        ["setup", "--tests"] => {
            setup::for_build()?;
            setup::for_tests()?;
        }
        ["dist"] => dist::run().map(drop)?,
        ["dist", "--page"] => dist::run_page().map(drop)?,
        ["package"] => package::run().map(drop)?,
        ["package", "--from-dist"] => package::run_from_dist().map(drop)?,
        ["serve", options @ ..] => run_serve(options)?,
        ["lint"] => {
            let (_, failed) = lint::run();
            if failed > 0 {
                return Ok(ExitCode::FAILURE);
            }
        }
        ["bench", "web"] => bench::web()?,
        ["test", stages @ ..] => return test::run(stages),
        other => bail!("unknown command `{}`\n\n{USAGE}", other.join(" ")),
    }
    Ok(ExitCode::SUCCESS)
}

fn run_serve(mut options: &[&str]) -> Result<()> {
    let (mut port, mut as_published) = (8080, false);
    loop {
        options = match options {
            [] => break,
            ["--dist", rest @ ..] => {
                as_published = true;
                rest
            }
            ["--port", text, rest @ ..] => {
                port = text.parse().with_context(|| {
                    format!("--port takes a number from 0 to 65535, not {text:?}")
                })?;
                rest
            }
            [other, ..] => bail!("serve does not know `{other}`\n\n{USAGE}"),
        };
    }
    if as_published {
        serve::run_dist(port)
    } else {
        serve::run(port)
    }
}
