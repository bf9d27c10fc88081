//! `cargo xtask`: sets up, builds, serves, packs and tests Limn.
//!
//! One room per job: [`setup`] finds or installs tools, [`wasm`] builds the two engine bundles, [`dist`] puts the
//! page together and weighs it, [`package`] makes an npm package of the engine, [`serve`] serves the page, [`test`] runs every check.

mod dist;
mod package;
mod paths;
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
  serve [--port 8080]   setup, dist, and a web server on localhost
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
        ["serve"] => serve::run(8080)?,
        ["serve", "--port", port] => serve::run(
            port.parse()
                .with_context(|| format!("--port takes a number from 0 to 65535, not {port:?}"))?,
        )?,
        ["test", stages @ ..] => return test::run(stages),
        other => bail!("unknown command `{}`\n\n{USAGE}", other.join(" ")),
    }
    Ok(ExitCode::SUCCESS)
}
