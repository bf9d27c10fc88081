//! `limn-trainer`: learns styles from photo/reference pairs, and runs, measures and exports them.

mod config;
mod data;
mod device;
mod fit;
mod images;
mod loss;
mod model;
mod progress;
mod teach;
mod teacher;
mod vgg;
mod weights;

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
    Fit(fit::FitArgs),
    Teach(teach::TeachArgs),
}

fn main() -> ExitCode {
    let result = match Cli::parse().command {
        Command::Fit(args) => fit::run(&args),
        Command::Teach(args) => teach::run(&args),
    };
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            // `{:#}` joins the chain of causes into one line.
            eprintln!("error: {error:#}");
            ExitCode::FAILURE
        }
    }
}
