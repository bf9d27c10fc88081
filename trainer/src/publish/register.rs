//! `limn-trainer register`: lists a trained record in the catalogue of published styles, with a thumbnail.

use std::path::{Path, PathBuf};

use anyhow::{Context, Result, ensure};
use clap::Args;
use limn::style::Style;
use serde_json::{Map, Value};

use super::thumbnail;
use crate::{
    files::models::{Catalogue, Entry, Listed, Model},
    recipe::Term,
    run::table::Table,
};

/// Steps over which the losses in the catalogue are averaged; single steps differ by their patches.
const AVERAGED_STEPS: usize = 200;

/// Add a style record to the catalogue beside it, or update its entry.
///
/// A style has one entry, with a record for each width. The widest record paints the style's thumbnail from the portrait,
/// where that lies beside the catalogue.
#[derive(Args)]
pub struct RegisterArgs {
    /// The record (.bpk).
    #[arg(long)]
    model: PathBuf,
    /// The catalogue (styles.json), in the record's folder; it is created where there is none.
    #[arg(long)]
    styles: PathBuf,
    /// The picture, in the catalogue's folder, that the style's thumbnail is painted from.
    #[arg(long, default_value = "portrait.jpg")]
    portrait: PathBuf,
    /// What visitors read [default: as listed, else the record's own title].
    #[arg(long)]
    title: Option<String>,
    /// Loss table of the training run (loss.csv).
    #[arg(long)]
    losses: Option<PathBuf>,
}

/// Lists a record in its catalogue.
///
/// # Errors
/// When record, catalogue or loss table cannot be used, or a file cannot be written.
pub fn run(args: &RegisterArgs) -> Result<()> {
    ensure!(
        args.model.parent() == args.styles.parent(),
        "the catalogue {} must lie beside the model {}",
        args.styles.display(),
        args.model.display()
    );
    let bytes = std::fs::read(&args.model)
        .with_context(|| format!("cannot read the model {}", args.model.display()))?;
    let style = Style::from_bytes(&bytes)
        .with_context(|| format!("the model {} is refused", args.model.display()))?;
    let file = args
        .model
        .file_name()
        .and_then(|name| name.to_str())
        .with_context(|| format!("{} is no file name", args.model.display()))?;
    let mut catalogue = if args.styles.is_file() {
        Catalogue::load(&args.styles)?
    } else {
        Catalogue::empty()
    };
    let metadata = &style.metadata;
    let entry = place(&mut catalogue, &metadata.name, &metadata.title);
    if let Some(title) = &args.title {
        entry.title.clone_from(title);
    }
    entry.teacher.clone_from(&metadata.teacher);
    entry.data.clone_from(&metadata.data);
    entry.licence.clone_from(&metadata.licence);
    let record = Listed::new(file.into(), &bytes);
    let same = |model: &&Model| model.record == record;
    let loss = match &args.losses {
        Some(path) => final_losses(path)?,
        // Listed again, the same record keeps the losses it was listed with.
        None => entry
            .models
            .iter()
            .find(same)
            .map_or_else(Map::new, |model| model.loss.clone()),
    };
    entry.models.retain(|model| model.width != metadata.width);
    entry.models.push(Model {
        width: metadata.width,
        record,
        lambda: metadata.lambda,
        trained_size: metadata.trained_size,
        recipe: metadata.recipe.clone(),
        steps: metadata.steps,
        loss,
    });
    entry.models.sort_by_key(|model| model.width);
    let widest = entry.models.last().map(|model| model.width);
    let folder = args.styles.parent().unwrap_or(Path::new(""));
    let portrait = folder.join(&args.portrait);
    if widest == Some(metadata.width) {
        if portrait.is_file() {
            entry.thumbnail = Some(thumbnail::paint(&style, &portrait, folder)?);
        } else {
            eprintln!(
                "note: there is no {}, so {} has no new thumbnail",
                portrait.display(),
                metadata.name
            );
        }
    }
    let text = serde_json::to_string_pretty(&catalogue)? + "\n";
    std::fs::write(&args.styles, text)
        .with_context(|| format!("cannot write {}", args.styles.display()))
}

/// The entry called `name`; where there is none, a new one at the end, with `title`.
fn place<'a>(catalogue: &'a mut Catalogue, name: &str, title: &str) -> &'a mut Entry {
    let found = catalogue.styles.iter().position(|entry| entry.name == name);
    let index = found.unwrap_or_else(|| {
        catalogue.styles.push(Entry {
            name: name.into(),
            title: title.into(),
            teacher: String::new(),
            data: String::new(),
            licence: String::new(),
            thumbnail: None,
            models: Vec::new(),
        });
        catalogue.styles.len() - 1
    });
    &mut catalogue.styles[index]
}

/// Means of the loss's terms over the last rows of a run's loss table, those that the table has.
fn final_losses(path: &Path) -> Result<Map<String, Value>> {
    let table = Table::read(path)?;
    let mut means = Map::new();
    for name in Term::NAMES {
        let points = table.points(name);
        let last = &points[points.len().saturating_sub(AVERAGED_STEPS)..];
        if !last.is_empty() {
            let mean = last.iter().map(|(_, value)| value).sum::<f64>() / last.len() as f64;
            // Four digits are more than the noise of the patches leaves certain.
            let rounded: f64 = format!("{mean:.3e}").parse()?;
            means.insert((*name).into(), rounded.into());
        }
    }
    ensure!(
        !means.is_empty(),
        "{} is not a loss table: it has no rows, or none of the losses",
        path.display()
    );
    Ok(means)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn losses_are_averaged_over_the_last_rows() {
        let mut table = String::from("step,pixel,gram\n");
        for step in 0..300 {
            let pixel = if step < 100 { 100.0 } else { 0.5 };
            table += &format!("{step},{pixel},{}\n", step % 2);
        }
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("loss.csv");
        let average = |text: &str| {
            std::fs::write(&path, text).unwrap();
            final_losses(&path)
        };
        let means = average(&table).unwrap();
        assert_eq!(means["pixel"], 0.5);
        assert_eq!(means["gram"], 0.5);
        assert!(!means.contains_key("step"));
        assert!(average("step,pixel\n").is_err());
        assert!(average("step,pixel\n1\n").is_err());
    }
}
