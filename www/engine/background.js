// @ts-check
/**
 * A second engine, on the CPU and beside the one that paints the stage, which it leaves undisturbed. Whoever makes one
 * disposes of it: it is a worker with an engine in it.
 */

import { fetchRecord } from "./catalogue.js";
import { EngineClient } from "./client.js";
import { brushed, paintOptions } from "./settings.js";

export class BackgroundEngine {
  /** @type {EngineClient} */
  #client;
  /** @type {Promise<unknown>} */
  #started;

  /** @param {import("./events.js").Events} events */
  constructor(events) {
    this.#client = new EngineClient(
      () => {},
      (requests) => events.emit("requests", { requests, by: "engine" }),
    );
    this.#started = this.#client.create({ engine: "cpu" });
    this.#started.catch(() => {});
  }

  /**
   * @param {import("./catalogue.js").StyleModel} model
   * @param {ImageData} image
   * @param {Readonly<import("./settings.js").Settings>} settings
   * @param {import("./worker.js").Match | null} [match]
   * @returns {Promise<ImageBitmap>} The painting, which the caller has to close.
   * @throws {LimnError} Those of `fetchRecord` and of the engine; its end is `isEngineEnd`
   */
  async paint(model, image, settings, match = null) {
    await this.#started;
    const bytes = await fetchRecord(model);
    const { trained_size } = await this.#client.call("style", { bytes, sha256: model.sha256, slot: "first" });
    // Another record: the picture goes to the engine anew.
    const options = paintOptions(settings, model, brushed(trained_size, settings.brush, "cpu"));
    return (await this.#client.call("photo", { image, options, match })).image;
  }

  dispose() {
    this.#client.dispose();
  }
}
