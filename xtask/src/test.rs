//! Every check, in stages, with one summary line at the end.

use std::{
    collections::VecDeque,
    fs,
    path::{Path, PathBuf},
    process::ExitCode,
    sync::Mutex,
    thread,
    time::{Duration, Instant},
};

use anyhow::{Context, Result, anyhow, bail};

use crate::{
    dist, lint, package, paths, setup,
    shell::{self, clock},
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

type Stage = (&'static str, &'static str, fn() -> Result<Tally>);

/// The packages that ship, without this one.
pub const NATIVE: &[&str] = &[
    "--package",
    "limn",
    "--package",
    "limn-networks",
    "--package",
    "limn-trainer",
];

const STAGES: [Stage; 5] = [
    (
        "lint",
        "formatting, clippy, documentation, licences, dependencies",
        || Ok(lint()),
    ),
    (
        "native",
        "tests of the crates (CPU, and GPU on whatever Vulkan offers)",
        native,
    ),
    ("types", "types of the page's scripts", types),
    ("dist", "the page, built and weighed", weigh),
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
    setup::for_tests()?;
    let mut times = vec![("setup", start.elapsed())];
    let mut sum = Tally::default();
    for (name, title, stage) in STAGES {
        if !names.is_empty() && !names.contains(&name) {
            continue;
        }
        heading(&format!("{name}: {title}"));
        let start = Instant::now();
        let tally = stage().unwrap_or_else(|error| {
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

fn lint() -> Tally {
    let (passed, failed) = lint::run();
    Tally { passed, failed }
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

/// Test files that measure time or memory, or play and record as fast as the clock goes: nothing else runs beside them.
const ALONE: [&str; 3] = [
    "recording.test.mjs",
    "smoothness.test.mjs",
    "video.test.mjs",
];

/// The browsers, by the names that the tests know.
const BROWSERS: [&str; 2] = ["chromium", "firefox"];

fn browser() -> Result<Tally> {
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
    let run = BrowserRun {
        browsers: setup::for_tests()?,
        package: package::run_from_dist()?,
    };
    let (alone, together): (Vec<_>, Vec<_>) = browser_tests()?
        .into_iter()
        .partition(|file| ALONE.iter().any(|name| file.ends_with(name)));
    let (browserless, together): (Vec<_>, Vec<_>) = together
        .into_iter()
        .partition(|file| !fs::read_to_string(file).is_ok_and(|text| text.contains("BROWSERS")));

    // The two browsers side by side, each with one file at a time: much of a test is waiting, and little of a browser
    // is more than one thread wide but its software GPU.
    let done = Mutex::new(Vec::new());
    let queues = BROWSERS.map(|name| {
        let files = together.iter().map(|file| (name, file.as_path()));
        Mutex::new(files.collect::<VecDeque<_>>())
    });
    for file in &browserless {
        run.file(BROWSERS[0], file, &done)?;
    }
    thread::scope(|scope| {
        let queues: Vec<_> = queues
            .iter()
            .map(|queue| scope.spawn(|| run.queue(queue, &done)))
            .collect();
        queues.into_iter().try_for_each(|queue| {
            let result = queue.join();
            result.map_err(|_| anyhow!("a thread panicked"))?
        })
    })?;
    for file in &alone {
        for name in BROWSERS {
            run.file(name, file, &done)?;
        }
    }

    let mut done = done
        .into_inner()
        .map_err(|_| anyhow!("a thread panicked"))?;
    done.sort_by_key(|file| std::cmp::Reverse(file.time));
    println!("\nby time:");
    let mut tally = Tally::default();
    for file in done {
        println!("{:>10}  {}", clock(file.time), file.name);
        tally.passed += file.tally.passed;
        tally.failed += file.tally.failed;
    }
    Ok(tally)
}

struct BrowserRun {
    browsers: setup::Browsers,
    package: PathBuf,
}

/// A test file that was run in one browser.
struct Done {
    name: String,
    time: Duration,
    tally: Tally,
}

impl BrowserRun {
    fn queue(&self, queue: &Mutex<VecDeque<(&str, &Path)>>, done: &Mutex<Vec<Done>>) -> Result<()> {
        loop {
            let next = queue.lock().ok().and_then(|mut queue| queue.pop_front());
            let Some((browser, file)) = next else {
                return Ok(());
            };
            self.file(browser, file, done)?;
        }
    }

    /// Runs one file in one browser, and prints what it said when it is through: two are under way at a time.
    fn file(&self, browser: &str, file: &Path, done: &Mutex<Vec<Done>>) -> Result<()> {
        let release = paths::target().join("release");
        let mut node = shell::command("node");
        node.args(["--test", "--test-reporter=spec"])
            .arg(file)
            .env("LIMN_BROWSERS", browser)
            .env("LIMN_DIST", paths::dist())
            .env("LIMN_TRAINER", release.join("limn-trainer"))
            .env(
                "LIMN_UNTRAINED_STYLE",
                release.join("examples/untrained_style"),
            )
            .env("LIMN_PACKAGE", &self.package)
            .env("LIMN_PICTURES", paths::target().join("pictures"))
            .env("LIMN_CHROMIUM", &self.browsers.chromium)
            .env("LIMN_FIREFOX", &self.browsers.firefox);
        let start = Instant::now();
        let mut output = node.output().context("the browser tests did not start")?;
        if !output.status.success() && browser_crashed(&String::from_utf8_lossy(&output.stdout)) {
            println!(
                "\n{browser} itself went down in {}: once more",
                file.display()
            );
            output = node.output().context("the browser tests did not start")?;
        }
        let time = start.elapsed();
        let said = String::from_utf8_lossy(&output.stdout);
        let mut tally = Tally::default();
        for line in said.lines() {
            if let Some(count) = node_result(line, "pass") {
                tally.passed += count;
            } else if let Some(count) = node_result(line, "fail").or(node_result(line, "cancelled"))
            {
                tally.failed += count;
            }
        }
        let tally = tally.finished(output.status.success());
        let name = file.file_name().unwrap_or_default().to_string_lossy();
        let name = format!("{name} in {browser}");
        let mut done = done.lock().map_err(|_| anyhow!("a thread panicked"))?;
        println!(
            "\n{name}: {} passed, {} failed in {}\n{said}{}",
            tally.passed,
            tally.failed,
            clock(time),
            String::from_utf8_lossy(&output.stderr)
        );
        done.push(Done { name, time, tally });
        Ok(())
    }
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

/// Whether a browser's whole process went down during tests, as Firefox ESR was seen to where two browsers painted on software
/// adapters at once. A page that brings it down by itself is expected to do so again.
fn browser_crashed(said: &str) -> bool {
    said.contains("TargetCloseError")
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
    fn a_browser_that_went_down_is_told_from_a_test_that_failed() {
        assert!(browser_crashed(
            "    TargetCloseError: Protocol error (script.callFunction): Target closed"
        ));
        assert!(!browser_crashed("    AssertionError [ERR_ASSERTION]: no"));
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
