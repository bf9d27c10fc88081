// @ts-check
/**
 * The style gallery: a radio group of pictures. The browser's own radio buttons lie underneath, so that arrow keys,
 * focus and screen readers work as everywhere; what is drawn on top follows three states of a card: chosen (checked),
 * on its way (`data-loading`) and in use (`data-current`).
 */

/** @typedef {import("../engine/catalogue.js").StyleEntry} StyleEntry */

/** Empty frames that hold the place until the list has arrived. */
const PLACES = 9;

export class Gallery {
  /** @type {HTMLElement} */
  #root;
  /** @type {(name: string) => void} */
  #choose;
  /** By the name of the style. @type {Map<string, { card: HTMLLabelElement, radio: HTMLInputElement }>} */
  #cards = new Map();

  /**
   * @param {HTMLElement} root The radio group.
   * @param {(name: string) => void} choose Called when the visitor chooses a style.
   */
  constructor(root, choose) {
    this.#root = root;
    this.#choose = choose;
    root.setAttribute("aria-busy", "true");
    root.replaceChildren(...Array.from({ length: PLACES }, () => framed("span")));
  }

  /** @param {StyleEntry[]} styles Empty where the list could not be had. */
  show(styles) {
    this.#cards = new Map(styles.map((style) => [style.name, this.#card(style)]));
    this.#root.replaceChildren(...Array.from(this.#cards.values(), ({ card }) => card));
    this.#root.setAttribute("aria-busy", "false");
  }

  /** Puts one more at the end. @param {StyleEntry} style */
  add(style) {
    const made = this.#card(style);
    this.#cards.set(style.name, made);
    this.#root.append(made.card);
  }

  /**
   * A style was asked for and is not there yet.
   *
   * @param {string} name
   */
  loading(name) {
    this.#mark("loading", name);
    this.#check(name);
  }

  /**
   * The gallery rests: this style is in use, and nothing is on its way.
   *
   * @param {string | null} name
   */
  rest(name) {
    this.#mark("loading", null);
    this.#mark("current", name);
    this.#check(name);
  }

  /**
   * Shows a painting in place of a style's own thumbnail.
   *
   * @param {string} name
   * @param {ImageBitmap} image
   */
  preview(name, image) {
    const frame = this.#cards.get(name)?.card.querySelector(".frame");
    if (!frame) return;
    const canvas = document.createElement("canvas");
    canvas.width = image.width;
    canvas.height = image.height;
    canvas.getContext("2d")?.drawImage(image, 0, 0);
    frame.querySelector("canvas")?.remove();
    frame.append(canvas);
  }

  /** Shows the styles' own thumbnails again. */
  dropPreviews() {
    for (const canvas of this.#root.querySelectorAll("canvas")) canvas.remove();
  }

  /** @param {string | null} name */
  #check(name) {
    for (const [key, { radio, card }] of this.#cards) {
      radio.checked = key === name;
      // In the narrow row the card may be out of sight; the page itself must not move.
      if (radio.checked) reveal(this.#root, card);
    }
  }

  /** @param {"loading" | "current"} state @param {string | null} name The only card in this state. */
  #mark(state, name) {
    for (const [key, { card }] of this.#cards) card.toggleAttribute(`data-${state}`, key === name);
  }

  /** @param {StyleEntry} style */
  #card({ name, title, thumbnail }) {
    const card = framed("label");
    const radio = document.createElement("input");
    radio.type = "radio";
    radio.name = "style";
    radio.value = name;
    radio.autocomplete = "off";
    radio.addEventListener("change", () => this.#choose(name));
    const caption = document.createElement("span");
    caption.className = "caption";
    caption.textContent = title;
    const frame = /** @type {HTMLElement} */ (card.firstElementChild);
    frame.dataset.initial = Array.from(title)[0];
    if (thumbnail) frame.append(picture(thumbnail));
    card.prepend(radio);
    card.append(caption);
    return { card, radio };
  }
}

/**
 * @template {"label" | "span"} T
 * @param {T} tag
 * @returns {HTMLElementTagNameMap[T]} A card with a frame in it.
 */
function framed(tag) {
  const card = document.createElement(tag);
  card.className = "card";
  const frame = document.createElement("span");
  frame.className = "frame";
  card.append(frame);
  return card;
}

/** @param {string} address */
function picture(address) {
  const image = new Image(168, 168);
  image.loading = "lazy";
  image.decoding = "async";
  image.fetchPriority = "low";
  // The title beneath says it all.
  image.alt = "";
  image.draggable = false;
  // The style's initial lies below the picture, and shows where there is none.
  image.addEventListener("error", () => image.remove());
  image.src = address;
  return image;
}

/**
 * Scrolls `root`, and nothing around it, so that `card` is in view.
 *
 * @param {HTMLElement} root
 * @param {HTMLElement} card
 */
function reveal(root, card) {
  const [outer, inner] = [root.getBoundingClientRect(), card.getBoundingClientRect()];
  const beyond = Math.max(0, inner.right - outer.right) + Math.min(0, inner.left - outer.left);
  // A little further, so that the next card peeps out.
  if (beyond !== 0) root.scrollBy({ left: beyond + Math.sign(beyond) * inner.width * 0.5 });
}
