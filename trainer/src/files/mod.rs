//! What the commands read and write: images, style records with their catalogue, weights of
//! other networks, and the folders of training runs.

pub mod folder;
pub mod images;
pub mod models;
pub mod run_folder;
pub mod weights;
