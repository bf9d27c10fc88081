//! `limn-trainer`: learns styles from photo/reference pairs, and runs, measures and exports them.

mod evaluate;
mod files;
mod filter;
mod fit;
mod html;
mod match_photo;
mod metrics;
mod paint;
mod plots;
mod portrait;
mod progress;
mod publish;
mod recipe;
mod run;
mod stylize;
mod teach;

use std::process::ExitCode;

use clap::{Parser, Subcommand};

#[derive(Parser)]
#[command(version, about)]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    Evaluate(evaluate::EvaluateArgs),
    Fit(fit::FitArgs),
    Register(publish::register::RegisterArgs),
    Stylize(stylize::StylizeArgs),
    Match(match_photo::MatchArgs),
    Metrics(metrics::MetricsArgs),
    ExportOnnx(publish::onnx::ExportArgs),
    Study(paint::study::StudyArgs),
    Teach(teach::TeachArgs),
    Paint(paint::PaintArgs),
    Portrait(portrait::PortraitArgs),
    Filter(filter::FilterArgs),
}

fn main() -> ExitCode {
    let result = match Cli::parse().command {
        Command::Evaluate(args) => evaluate::run(&args),
        Command::Fit(args) => fit::run(&args),
        Command::Register(args) => publish::register::run(&args),
        Command::Stylize(args) => stylize::run(&args),
        Command::Match(args) => match_photo::run(&args),
        Command::Metrics(args) => metrics::run(&args),
        Command::ExportOnnx(args) => publish::onnx::run(&args),
        Command::Study(args) => paint::study::run(&args),
        Command::Teach(args) => teach::run(&args),
        Command::Paint(args) => paint::run(&args),
        Command::Portrait(args) => portrait::run(&args),
        Command::Filter(args) => filter::run(&args),
    };
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            // `{:#}` joins the chain of causes; what libraries say may still hold line breaks.
            let text = format!("{error:#}");
            let line: Vec<&str> = text.split_whitespace().collect();
            eprintln!("error: {}", line.join(" "));
            ExitCode::FAILURE
        }
    }
}
