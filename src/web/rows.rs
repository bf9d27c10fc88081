//! A photo painted in tiles, step by step as the page hands it in; the same for both engines.

use js_sys::{Array, Object};
use wasm_bindgen::prelude::*;

use super::{Settings, error, set};
use crate::{
    Downscale, Planes, ShapeError,
    stylize::{Options, working_size},
    tiles::{DEFAULT_SIDE, Tile, Tiling},
};

/// Where such a photo is. `P` is the engine's own painter of tiles.
pub enum Job<P> {
    None,
    /// Rows come in.
    Rows(Downscale, Options),
    /// Tiles are painted.
    Tiles(P, Vec<Tile>),
}

fn refused(e: ShapeError) -> JsValue {
    error("bad-image", &e.to_string())
}

fn out_of_turn() -> JsValue {
    error("crashed", "a tile was asked for out of turn")
}

/// What the page asked for, 0 being what suits.
pub fn side(wanted: u32) -> usize {
    if wanted == 0 {
        DEFAULT_SIDE
    } else {
        wanted as usize
    }
}

impl<P> Job<P> {
    /// A photo of which no row is known yet.
    pub fn begin(width: u32, height: u32, settings: &Settings) -> Result<Self, JsValue> {
        let full = (width as usize, height as usize);
        let work = working_size(full.0, full.1, settings.working_size);
        let downscale = Downscale::new(full, work).map_err(refused)?;
        Ok(Self::Rows(downscale, settings.options))
    }

    pub fn add_rows(&mut self, rgba: &[u8]) -> Result<(), JsValue> {
        match self {
            Self::Rows(downscale, _) => downscale.push_rows(rgba).map_err(refused),
            _ => Err(out_of_turn()),
        }
    }

    /// The photo at its working size, its own size, and the options for it.
    pub fn finish_rows(&mut self) -> Result<(Planes, (usize, usize), Options), JsValue> {
        match std::mem::replace(self, Self::None) {
            Self::Rows(downscale, options) => {
                let full = downscale.source();
                Ok((downscale.finish().map_err(refused)?, full, options))
            }
            _ => Err(out_of_turn()),
        }
    }

    /// Goes on to tiles; returns their inner rectangles.
    pub fn lay(&mut self, painter: P, tiling: impl Fn(&P) -> &Tiling) -> Array {
        let tiles = tiling(&painter).tiles();
        let rectangles = Array::new();
        for Tile { inner, .. } in &tiles {
            let rectangle = Object::new();
            for (key, value) in [
                ("x", inner.x),
                ("y", inner.y),
                ("width", inner.width),
                ("height", inner.height),
            ] {
                set(&rectangle, key, &(value as u32).into());
            }
            rectangles.push(&rectangle);
        }
        *self = Self::Tiles(painter, tiles);
        rectangles
    }

    /// The painter and tile `index`, for which `length` bytes of RGBA were given.
    pub fn tile(&self, index: u32, length: usize) -> Result<(&P, Tile), JsValue> {
        let Self::Tiles(painter, tiles) = self else {
            return Err(out_of_turn());
        };
        let tile = tiles.get(index as usize).ok_or_else(out_of_turn)?;
        ShapeError::check(4, tile.inner.height, tile.inner.width, length).map_err(refused)?;
        Ok((painter, *tile))
    }
}
