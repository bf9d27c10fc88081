//! A training run: the loop over its steps, and what it leaves behind.

pub mod checkpoint;
pub mod cost;
mod curves;
pub mod device;
pub mod session;
mod table;
