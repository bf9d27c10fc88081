//! Firefox looks for finished GPU work when it is given work, and else every 100 ms (its `POLL_TIME_MS`, Bugzilla 1870699):
//! without help no more than ten frames a second would come out of it, on any card.

use wasm_bindgen::prelude::*;
use wgpu::Queue;

/// Milliseconds from one look to the next: what browsers make of shorter ones. Where work is found done without this, none or
/// few come to pass, and an empty submit costs some microseconds.
const PERIOD: i32 = 4;

#[wasm_bindgen]
extern "C" {
    #[wasm_bindgen(js_name = setInterval)]
    fn set_interval(call: &Closure<dyn FnMut()>, milliseconds: i32) -> JsValue;
    #[wasm_bindgen(js_name = clearInterval)]
    fn clear_interval(interval: &JsValue);
}

/// Makes the browser look for finished work as long as it lives, by submitting nothing.
pub struct Wake {
    interval: JsValue,
    _call: Closure<dyn FnMut()>,
}

impl Wake {
    pub fn new(queue: &Queue) -> Self {
        let queue = queue.clone();
        let call = Closure::new(move || {
            queue.submit([]);
        });
        Self {
            interval: set_interval(&call, PERIOD),
            _call: call,
        }
    }
}

impl Drop for Wake {
    fn drop(&mut self) {
        clear_interval(&self.interval);
    }
}
