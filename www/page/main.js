// @ts-check
/** The page: makes its parts, which hear of one another by events, and starts them. */

import { isEngineEnd } from "../engine/client.js";
import { Events } from "../engine/events.js";
import { Session } from "../engine/session.js";
import { LimnError } from "../limn/error.js";
import { Controls } from "../panel/controls.js";
import { Looks } from "../panel/looks.js";
import { Mix } from "../panel/mix.js";
import { Styles } from "../panel/styles.js";
import { Results } from "../results/results.js";
import { Shelf } from "../results/shelf.js";
import { Live } from "../sources/live.js";
import { Opener } from "../sources/opener.js";
import { Photo } from "../sources/photo.js";
import { Player } from "../sources/player.js";
import { Hero } from "../stage/hero.js";
import { Hold } from "../stage/hold.js";
import { Stage } from "../stage/stage.js";
import { Wipe } from "../stage/wipe.js";
import { Zoom } from "../stage/zoom.js";
import { element } from "../ui/dom.js";
import { listenToKeys } from "../ui/keyboard.js";
import { onLateClick } from "../ui/late.js";
import { fail, fillIn, isBusy, say } from "../ui/messages.js";
import * as text from "../ui/text.js";
import { expose } from "./developer.js";
import { Offline } from "./offline.js";
import { Privacy } from "./privacy.js";
import { Recovery } from "./recovery.js";

const parameters = new URLSearchParams(location.search);
fillIn(document, text.page);
document.title = text.page.title;
say("busy", text.status.starting);

const events = new Events();
const stage = new Stage(element("stage", HTMLElement), async () => session.engine.call("picture"));
const session = new Session(
  events,
  {
    adapter: parameters.get("adapter") === "software" ? "software" : undefined,
    fail: parameters.get("fail") ?? undefined,
    liveSize: positive(parameters.get("size")),
    small: isPhone(),
  },
  () => stage.freshLive(),
);
new Privacy(events);
const offline = new Offline(events);
const recovery = new Recovery(session, engineChoice(parameters.get("engine")), events);
const styles = new Styles(session, stage, events);
const controls = new Controls(session, events);
const mix = new Mix(session, events);
const looks = new Looks(session, { styles, mix, controls }, events);
const photo = new Photo(session, stage, events);
const live = new Live(session, stage, events);
const opener = new Opener(session, stage, photo, live, events, fetchCameraTools);
new Hero();
new Hold(stage);
new Player(live, stage, events);
new Wipe(stage, events);
new Zoom(stage, events);
const shelf = new Shelf();
/** @type {import("../results/camera-tools.js").CameraTools | null} */
let cameraTools = null;
new Results(stage, session, photo, shelf, events);

events.on("engine-started", paintable);
events.on("style-changed", paintable);
events.on("engine-lost", () => (stage.ready = false));

addEventListener("error", (event) => {
  if (event.error) fail(LimnError.from(event.error));
});
addEventListener("unhandledrejection", (event) => {
  if (!isEngineEnd(event.reason)) fail(LimnError.from(event.reason));
});
listenToKeys();
onLateClick("show-keys", async () => (await import("../dialogs/keys.js")).open());
/** @type {import("../dialogs/export.js").Export | null} */
let exporting = null;
onLateClick("export", async () => {
  const { Export } = await import("../dialogs/export.js");
  exporting ??= new Export(live, stage, session, shelf);
  await exporting.start();
});
/** @type {import("../dialogs/queue.js").Queue | null} */
let queue = null;
events.on("photos-opened", async (files) => {
  try {
    const { Queue } = await import("../dialogs/queue.js");
    queue ??= new Queue(session, photo, live);
    await queue.add(files);
  } catch (error) {
    fail(LimnError.from(error, "part-network"));
  }
});
onLateClick("crop", async () => {
  const [{ open }, whole] = await Promise.all([import("../dialogs/crop.js"), photo.whole()]);
  if (whole) open(whole, (cut) => photo.crop(cut));
});
/** @type {import("../panel/match.js").Match | null} */
let matching = null;
const matchFile = element("match-file", HTMLInputElement);
matchFile.addEventListener("change", async () => {
  const file = matchFile.files?.[0];
  if (!file) return;
  try {
    const { Match } = await import("../panel/match.js");
    matching ??= new Match(photo);
    await matching.take(file);
  } catch (error) {
    fail(LimnError.from(error, "part-network"));
  } finally {
    matchFile.value = "";
  }
});
events.on("stage-changed", () => (element("match", HTMLElement).inert = stage.live));
onLateClick("four", async () => (await import("../dialogs/four.js")).open({ stage, session, photo, shelf, events }, styles.list));
onLateClick("show-about", async () => {
  const { open } = await import("../dialogs/about.js");
  open(styles.list, session.info ? text.engineLine(session.info) : "");
});
expose({ session, photo, stage, live, offline, recovery });
const look = looks.wanted();
const style = look.then((wanted) => wanted?.style);
await Promise.all([recovery.start(), styles.load(parameters.get("styles") ?? "models/styles.json", style)]);
await looks.begin(await look);
if (session.ready && isBusy() && stage.mode === "empty") say("info", text.status.ready);
const start = parameters.get("start");
if (start) {
  const launched = import("./launch.js").then(({ launch }) => launch(start, opener));
  launched.catch((error) => fail(LimnError.from(error, "part-network")));
}
offline.start();
if (session.info) offline.keep(session.info.engine);

/** What goes with the camera comes before it is on: of what is asked for afterwards the visitor gets a list. */
async function fetchCameraTools() {
  const { CameraTools } = await import("../results/camera-tools.js");
  cameraTools ??= new CameraTools(live, stage, () => session.styleTitle, shelf, events);
}

/** Engine or style are new. */
function paintable() {
  stage.ready = session.ready;
  if (session.ready && session.info) offline.keep(session.info.engine);
}

/** A small screen under a finger: graphics there are weaker, and the battery matters. */
function isPhone() {
  return matchMedia("(pointer: coarse)").matches && Math.min(screen.width, screen.height) < 600;
}

/** @param {string | null} value @returns {import("../limn/limn.js").EngineChoice} */
function engineChoice(value) {
  return value === "gpu" || value === "cpu" ? value : "auto";
}

/** @param {string | null} value @returns {number | undefined} */
function positive(value) {
  const number = Number(value);
  return Number.isInteger(number) && number > 0 ? number : undefined;
}
