//! `filter` and `teach` with filters, as a user calls them.

mod common;

use common::{fail, max_difference, save_picture, succeed, trainer};
use image::{ImageReader, RgbImage};
use std::path::Path;
use tempfile::tempdir;

const NAMES: [&str; 20] = [
    "l0",
    "bilateral-grid",
    "rolling-guidance",
    "local-laplacian",
    "ink",
    "poster",
    "chalk",
    "oil",
    "toon",
    "pencil",
    "wash",
    "comic",
    "pop",
    "kuwahara",
    "master",
    "chalkboard",
    "neon",
    "riso",
    "linocut",
    "anime",
];

fn open(path: &Path) -> RgbImage {
    let picture = ImageReader::open(path).expect("written").decode();
    picture.expect("an image").into_rgb8()
}

#[test]
fn filter_writes_every_look_at_the_photos_size() {
    let dir = tempdir().unwrap();
    let photo = save_picture(dir.path(), "photo.png", 61, 43);
    for name in NAMES {
        succeed(
            dir.path(),
            &format!("filter --filter {name} --input photo.png --output {name}.png"),
        );
        let result = open(&dir.path().join(name).with_extension("png"));
        assert!(max_difference(&photo, &result) > 10, "{name}");
    }
}

#[test]
fn filter_takes_parameters() {
    let dir = tempdir().unwrap();
    let help = succeed(dir.path(), "filter --help");
    assert!(NAMES.iter().all(|name| help.contains(name)), "{help}");
    let photo = save_picture(dir.path(), "photo.png", 40, 30);
    succeed(
        dir.path(),
        "filter --filter local-laplacian --alpha 1 --beta 1 --input photo.png --output same.png",
    );
    assert_eq!(open(&dir.path().join("same.png")), photo);
    for (parameters, expected) in [
        ("l0 --lambda 7", "--lambda is 7, 0.00001 to 1 is possible"),
        ("l0 --lambda nan", "--lambda is NaN"),
        ("ink --kappa 2", "ink has no parameter --kappa"),
        ("oil --iterations 0", "--iterations is 0"),
        ("rolling-guidance --sigma-spatial 0", "--sigma-spatial is 0"),
    ] {
        fail(
            dir.path(),
            &format!("filter --filter {parameters} --input photo.png --output out.png"),
            expected,
        );
    }
    fail(
        dir.path(),
        "filter --filter l0 --input absent.png --output out.png",
        "there is no file or folder absent.png",
    );
}

#[test]
fn teach_takes_a_filter_and_scales_the_photo() {
    let dir = tempdir().unwrap();
    std::fs::create_dir(dir.path().join("photos")).unwrap();
    save_picture(&dir.path().join("photos"), "a.png", 80, 60);
    save_picture(&dir.path().join("photos"), "b.jpg", 24, 30);
    succeed(
        dir.path(),
        "teach --teacher ink --lambda 0.02 --photos photos --output out --size 40",
    );
    let size = |name: &str| open(&dir.path().join("out").join(name)).dimensions();
    assert_eq!(size("a.png"), (40, 30));
    assert_eq!(size("b.png"), (24, 30), "smaller photos keep their size");
    fail(
        dir.path(),
        "teach --teacher inc --photos photos --output out",
        "there is no teacher inc: give a .safetensors file or one of l0, bilateral-grid",
    );
}

#[test]
fn teach_skips_unreadable_photos_and_names_them() {
    let dir = tempdir().unwrap();
    let photos = dir.path().join("photos");
    std::fs::create_dir(&photos).unwrap();
    save_picture(&photos, "good.png", 40, 30);
    std::fs::write(photos.join("empty.png"), "").unwrap();
    std::fs::write(photos.join("page.jpg"), "<!doctype html>").unwrap();
    let output = trainer(
        dir.path(),
        "teach --teacher oil --photos photos --output out",
    );
    let errors = String::from_utf8(output.stderr).unwrap();
    assert!(output.status.success(), "{errors}");
    assert_eq!(errors.lines().count(), 1, "{errors}");
    assert!(errors.contains("2 of 3 photos skipped"), "{errors}");
    assert!(errors.contains("empty.png") && errors.contains("page.jpg"));
    let written: Vec<_> = std::fs::read_dir(dir.path().join("out"))
        .unwrap()
        .map(|entry| entry.unwrap().file_name())
        .collect();
    assert_eq!(written, ["good.png"]);

    std::fs::remove_file(photos.join("good.png")).unwrap();
    fail(
        dir.path(),
        "teach --teacher oil --photos photos --output out",
        "none of the 2 photos in photos can be used",
    );
}

#[test]
fn teach_refuses_photos_that_would_overwrite_each_other() {
    let dir = tempdir().unwrap();
    let photos = dir.path().join("photos");
    std::fs::create_dir(&photos).unwrap();
    save_picture(&photos, "a.png", 40, 30);
    save_picture(&photos, "a.jpg", 40, 30);
    fail(
        dir.path(),
        "teach --teacher oil --photos photos --output out",
        "would both become out/a.png",
    );
}
