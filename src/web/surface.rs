//! What both classes do, over any [`Engine`].

use js_sys::Object;
use wasm_bindgen::prelude::*;
use web_sys::ImageData;

use super::{error, image_data, set, thrown};
use crate::{
    Options, RowResampler,
    engine::{Engine, EngineError, Slot},
    style::{self, Style},
};

/// An engine, and what a page told it.
pub struct Surface<E> {
    pub engine: E,
    pub options: Options,
    /// Width and height of the photo or frame in use.
    pub size: Option<(usize, usize)>,
    /// A photo of which rows come in, with the options of when it was begun.
    rows: Option<(RowResampler, Options)>,
}

impl<E: Engine> Surface<E> {
    pub fn new(engine: E) -> Self {
        Self {
            engine,
            options: Options::default(),
            size: None,
            rows: None,
        }
    }

    pub fn load_style(
        &mut self,
        bytes: &[u8],
        sha256: Option<String>,
        second: bool,
    ) -> Result<JsValue, JsValue> {
        let read = || -> Result<Style, EngineError> {
            if let Some(expected) = sha256 {
                style::verify_sha256(bytes, &expected)?;
            }
            let style = Style::from_bytes(bytes)?;
            let slot = if second { Slot::Second } else { Slot::First };
            self.engine.set_style(slot, Some(&style))?;
            Ok(style)
        };
        let metadata = read().map_err(thrown)?.metadata;
        let json =
            serde_json::to_string(&metadata).map_err(|e| error("style-format", &e.to_string()))?;
        js_sys::JSON::parse(&json)
    }

    pub fn drop_second_style(&mut self) -> Result<(), JsValue> {
        self.engine.set_style(Slot::Second, None).map_err(thrown)
    }

    pub fn set_options(&mut self, options: &JsValue) -> Result<(), JsValue> {
        let json = String::from(js_sys::JSON::stringify(options)?);
        let options: Options =
            serde_json::from_str(&json).map_err(|e| error("bad-options", &e.to_string()))?;
        self.options = options.clamped();
        Ok(())
    }

    /// Takes a photo's pixels.
    pub fn take(&mut self, image: &ImageData) -> Result<(), JsValue> {
        let size = (image.width() as usize, image.height() as usize);
        self.engine
            .set_photo_rgba8(&image.data(), size.0, size.1)
            .map_err(thrown)?;
        self.size = Some(size);
        Ok(())
    }

    /// Width and height of the photo in use.
    pub fn size(&self) -> Result<(usize, usize), JsValue> {
        self.size.ok_or_else(|| thrown(EngineError::NoPhoto))
    }

    pub async fn repaint(&mut self) -> Result<ImageData, JsValue> {
        let size = self.size()?;
        let rgba = self
            .engine
            .paint_rgba8(&self.options)
            .await
            .map_err(thrown)?;
        image_data(&rgba, size)
    }

    pub fn begin_photo(&mut self, width: u32, height: u32) -> Result<(), JsValue> {
        self.engine.end_rows();
        let full = (width as usize, height as usize);
        let trained_size = self.engine.trained_size().map_err(thrown)?;
        let work = self.options.working_size(full, trained_size);
        let resampler = RowResampler::new(full, work).map_err(thrown)?;
        self.rows = Some((resampler, self.options));
        Ok(())
    }

    pub fn add_rows(&mut self, rgba: &[u8]) -> Result<(), JsValue> {
        let (resampler, _) = self.rows.as_mut().ok_or_else(out_of_turn)?;
        resampler.push_rows(rgba).map_err(thrown)
    }

    pub async fn end_rows(&mut self) -> Result<(), JsValue> {
        let (resampler, options) = self.rows.take().ok_or_else(out_of_turn)?;
        let full = resampler.source();
        let image = resampler.finish().map_err(thrown)?;
        let begun = self.engine.begin_rows(&image, full, &options);
        begun.await.map_err(thrown)
    }

    pub async fn paint_rows(&mut self, first: u32, rgba: &mut [u8]) -> Result<(), JsValue> {
        let painted = self.engine.paint_rows(first as usize, rgba);
        painted.await.map_err(thrown)
    }

    pub fn end_photo(&mut self) {
        self.rows = None;
        self.engine.end_rows();
    }

    pub fn info(&self) -> Object {
        let info = self.engine.info();
        let object = Object::new();
        set(&object, "engine", &info.engine.into());
        set(&object, "adapter", &info.adapter.into());
        set(&object, "precision", &info.precision.into());
        set(&object, "fallback", &info.fallback.into());
        object
    }
}

fn out_of_turn() -> JsValue {
    error("crashed", "rows of a photo that was not begun")
}

/// The class `$name` over the engine `$engine`, with what both have; what only one has stands in its own file.
macro_rules! class {
    ($name:ident, $engine:ty) => {
        /// Paints photos and live frames; one call at a time.
        #[wasm_bindgen]
        pub struct $name(Surface<$engine>);

        #[wasm_bindgen]
        impl $name {
            /// Takes a style record, checked against `sha256` where given, and returns its metadata. `second` makes it the
            /// style that is mixed in. On an error the style in use stays.
            #[wasm_bindgen(js_name = loadStyle, unchecked_return_type = "object")]
            pub fn load_style(
                &mut self,
                bytes: &[u8],
                sha256: Option<String>,
                second: bool,
            ) -> Result<JsValue, JsValue> {
                self.0.load_style(bytes, sha256, second)
            }

            /// Takes away the style that is mixed in.
            #[wasm_bindgen(js_name = dropSecondStyle)]
            pub fn drop_second_style(&mut self) -> Result<(), JsValue> {
                self.0.drop_second_style()
            }

            /// Takes the options for the calls that follow; what is left out is at its default. See `Options`.
            #[wasm_bindgen(js_name = setOptions)]
            pub fn set_options(
                &mut self,
                #[wasm_bindgen(unchecked_param_type = "object")] options: JsValue,
            ) -> Result<(), JsValue> {
                self.0.set_options(&options)
            }

            /// Paints a photo.
            pub async fn stylize(&mut self, image: ImageData) -> Result<ImageData, JsValue> {
                self.0.take(&image)?;
                self.0.repaint().await
            }

            /// Paints the same photo with the options of now; the network runs again only where it has to.
            pub async fn repaint(&mut self) -> Result<ImageData, JsValue> {
                self.0.repaint().await
            }

            /// Begins a photo of `width × height` that is painted in bands of rows, with the options of now. Its rows follow
            /// with `addRows`.
            #[wasm_bindgen(js_name = beginPhoto)]
            pub fn begin_photo(&mut self, width: u32, height: u32) -> Result<(), JsValue> {
                self.0.begin_photo(width, height)
            }

            /// Takes the photo's next rows as RGBA, for the network to see it at the working size.
            #[wasm_bindgen(js_name = addRows)]
            pub fn add_rows(&mut self, rgba: Clamped<Vec<u8>>) -> Result<(), JsValue> {
                self.0.add_rows(&rgba)
            }

            /// Runs the network and the solve, after the last row.
            #[wasm_bindgen(js_name = endRows)]
            pub async fn end_rows(&mut self) -> Result<(), JsValue> {
                self.0.end_rows().await
            }

            /// Paints whole rows from row `first` on, from the photo's pixels of them and to the picture's, RGBA. Any rows
            /// in any order.
            #[wasm_bindgen(js_name = paintRows)]
            pub async fn paint_rows(
                &mut self,
                first: u32,
                mut rgba: Clamped<Vec<u8>>,
            ) -> Result<Uint8ClampedArray, JsValue> {
                self.0.paint_rows(first, &mut rgba).await?;
                Ok(Uint8ClampedArray::from(rgba.as_slice()))
            }

            /// Forgets the photo begun with `beginPhoto`.
            #[wasm_bindgen(js_name = endPhoto)]
            pub fn end_photo(&mut self) {
                self.0.end_photo();
            }

            /// Engine, adapter, precision, and whether the adapter computes on the CPU.
            #[wasm_bindgen(
                unchecked_return_type = "{ engine: 'gpu' | 'cpu', adapter: string, precision: 'f32' | 'f16', fallback: boolean }"
            )]
            pub fn info(&self) -> Object {
                self.0.info()
            }
        }
    };
}

pub(super) use class;
