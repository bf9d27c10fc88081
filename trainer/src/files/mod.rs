//! What the commands read and write: images, folders of them and videos, style records with their catalogue, weights of
//! other networks, arrays, and the folders of training runs.

pub mod folder;
pub mod images;
pub mod models;
pub mod npy;
pub mod run_folder;
pub mod video;
pub mod weights;
