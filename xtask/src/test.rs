//! Every check, in stages, with one summary line at the end.

use std::{fs, path::PathBuf, process::ExitCode, time::Instant};

use anyhow::{Context, Result, bail};

use crate::{
    dist, package, paths, setup,
    shell::{self, clock, say},
};

#[derive(Default)]
struct Tally {
    passed: u64,
    failed: u64,
}

impl Tally {
    fn one(passed: bool) -> Self {
        Self {
            passed: passed.into(),
            failed: (!passed).into(),
        }
    }

    /// A run that broke off without a failed test to show for it counts as one.
    fn finished(mut self, success: bool) -> Self {
        if !success && self.failed == 0 {
            self.failed = 1;
        }
        self
    }
}

type Stage = (
    &'static str,
    &'static str,
    fn(&setup::Browsers) -> Result<Tally>,
);

/// The packages that ship, without this one.
const NATIVE: &[&str] = &["--package", "limn", "--package", "limn-trainer"];

const STAGES: [Stage; 5] = [
    ("lint", "formatting", |_| lint()),
    (
        "native",
        "tests of the crates (CPU, and GPU on whatever Vulkan offers)",
        |_| native(),
    ),
    ("types", "types of the page's scripts", |_| types()),
    ("dist", "the page, built and weighed", |_| weigh()),
    ("browser", "the page in Chromium and Firefox", browser),
];

/// Runs the named stages, or all, and prints how many tests passed. A stage that fails does not stop the next.
pub fn run(names: &[&str]) -> Result<ExitCode> {
    if let Some(unknown) = names
        .iter()
        .find(|name| !STAGES.iter().any(|stage| stage.0 == **name))
    {
        bail!(
            "unknown stage {unknown}; there are: {}",
            STAGES.map(|stage| stage.0).join(" ")
        );
    }
    let start = Instant::now();
    heading("setup: tools for the build and the tests");
    setup::for_build()?;
    let browsers = setup::for_tests()?;
    let mut times = vec![("setup", start.elapsed())];
    let mut sum = Tally::default();
    for (name, title, stage) in STAGES {
        if !names.is_empty() && !names.contains(&name) {
            continue;
        }
        heading(&format!("{name}: {title}"));
        let start = Instant::now();
        let tally = stage(&browsers).unwrap_or_else(|error| {
            println!("error: {error:#}");
            Tally::one(false)
        });
        times.push((name, start.elapsed()));
        println!(
            "{name}: {} passed, {} failed in {}",
            tally.passed,
            tally.failed,
            clock(start.elapsed())
        );
        sum.passed += tally.passed;
        sum.failed += tally.failed;
    }
    let times: Vec<String> = times
        .iter()
        .map(|(name, time)| format!("{name} {}", clock(*time)))
        .collect();
    println!("\n{}; {} in all", times.join(", "), clock(start.elapsed()));
    println!("{} passed, {} failed", sum.passed, sum.failed);
    let good = sum.failed == 0 && sum.passed > 0;
    Ok(if good {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    })
}

fn heading(text: &str) {
    println!("\n== {text}");
}

/// Formatting alone: clippy compiles every dependency a second time, which costs more than it finds.
fn lint() -> Result<Tally> {
    if shell::output(shell::cargo().args(["fmt", "--version"])).is_none() {
        say("rustfmt is not installed; skipped");
        return Ok(Tally::default());
    }
    Ok(Tally::one(shell::run_lines(
        shell::cargo().args(["fmt", "--all", "--", "--check"]),
        |_| {},
    )?))
}

fn native() -> Result<Tally> {
    let mut tally = Tally::default();
    let mut success = true;
    // Each side as it is built elsewhere too: one selection of both would unify their features and compile burn again.
    for packages in [NATIVE, &["--package", "xtask"]] {
        let mut cargo = shell::cargo();
        cargo
            .args(["test", "--release", "--no-fail-fast"])
            .args(packages);
        success &= shell::run_lines(&mut cargo, |line| {
            if let Some((passed, failed)) = cargo_result(line) {
                tally.passed += passed;
                tally.failed += failed;
            }
        })?;
    }
    Ok(tally.finished(success))
}

/// `test result: ok. 12 passed; 0 failed; 0 ignored; …`
fn cargo_result(line: &str) -> Option<(u64, u64)> {
    let (_, counts) = line.strip_prefix("test result: ")?.split_once(". ")?;
    let count = |word: &str| {
        counts
            .split("; ")
            .find_map(|part| part.strip_suffix(word)?.trim().parse().ok())
    };
    Some((count("passed")?, count("failed")?))
}

fn types() -> Result<Tally> {
    let tsc = paths::root().join("node_modules/.bin/tsc");
    let passed = shell::run_lines(
        shell::command(&tsc).args(["--project", "www/tsconfig.json"]),
        |_| {},
    )?;
    Ok(Tally::one(passed))
}

/// Fails where the first load is over its limit.
fn weigh() -> Result<Tally> {
    dist::run().map(|_| Tally::one(true))
}

fn browser(browsers: &setup::Browsers) -> Result<Tally> {
    if !paths::dist().join("index.html").is_file() {
        bail!("there is no dist/ to test");
    }
    // The native side of the comparisons: the trainer, and a style whose weights are random, which depends on no
    // training. Built by the stage before with the same flags, so this is quick there.
    let mut cargo = shell::cargo();
    cargo.args([
        "build",
        "--release",
        "--bin",
        "limn-trainer",
        "--example",
        "untrained_style",
    ]);
    shell::run(cargo.args(NATIVE))?;
    let release = paths::target().join("release");
    let package = package::run_from_dist()?;
    let mut node = shell::command("node");
    // One file at a time: a browser with a software GPU fills the machine.
    node.args(["--test", "--test-reporter=spec", "--test-concurrency=1"])
        .args(browser_tests()?)
        .env("LIMN_DIST", paths::dist())
        .env("LIMN_TRAINER", release.join("limn-trainer"))
        .env(
            "LIMN_UNTRAINED_STYLE",
            release.join("examples/untrained_style"),
        )
        .env("LIMN_PACKAGE", package)
        .env("LIMN_CHROMIUM", &browsers.chromium)
        .env("LIMN_FIREFOX", &browsers.firefox);
    let mut tally = Tally::default();
    let success = shell::run_lines(&mut node, |line| {
        if let Some(count) = node_result(line, "pass") {
            tally.passed += count;
        } else if let Some(count) = node_result(line, "fail").or(node_result(line, "cancelled")) {
            tally.failed += count;
        }
    })
    .context("the browser tests did not start")?;
    Ok(tally.finished(success))
}

/// By name: newer versions of node take patterns here, not folders.
fn browser_tests() -> Result<Vec<PathBuf>> {
    let mut files = Vec::new();
    for entry in fs::read_dir(paths::root().join("tests/e2e"))? {
        let path = entry?.path();
        if path.to_string_lossy().ends_with(".test.mjs") {
            files.push(path);
        }
    }
    if files.is_empty() {
        bail!("tests/e2e holds no tests");
    }
    files.sort();
    Ok(files)
}

/// `ℹ pass 12`, as node's spec reporter ends.
fn node_result(line: &str, word: &str) -> Option<u64> {
    line.strip_prefix("ℹ ")?
        .strip_prefix(word)?
        .strip_prefix(' ')?
        .trim()
        .parse()
        .ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn summaries_of_cargo_and_node_are_read() {
        let line = "test result: FAILED. 12 passed; 3 failed; 1 ignored; 0 measured; 0 filtered out; finished in 0.2s";
        assert_eq!(cargo_result(line), Some((12, 3)));
        assert_eq!(cargo_result("running 12 tests"), None);
        assert_eq!(node_result("ℹ pass 41", "pass"), Some(41));
        assert_eq!(node_result("ℹ fail 0", "fail"), Some(0));
        assert_eq!(node_result("✔ pass 41 (2ms)", "pass"), None);
    }

    #[test]
    fn a_run_that_broke_off_is_a_failure() {
        assert_eq!(
            Tally {
                passed: 5,
                failed: 0
            }
            .finished(false)
            .failed,
            1
        );
        assert_eq!(
            Tally {
                passed: 5,
                failed: 2
            }
            .finished(false)
            .failed,
            2
        );
        assert_eq!(
            Tally {
                passed: 5,
                failed: 0
            }
            .finished(true)
            .failed,
            0
        );
    }
}
