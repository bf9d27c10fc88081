// @ts-check
/** Die Worte der Dialoge auf Deutsch. */

export const page = {
  cancel: "Abbrechen",
  paintedPicture: "Das gemalte Bild",
  close: "Schließen",
  howTitle: "Woher weiß ich, dass meine Bilder hier bleiben?",
  howPolicy:
    "Bilder liegen im Arbeitsspeicher und sind fort, sobald du den Tab schließt. Was diese Seite anfragt, steht hier, wie dein " +
    "Browser oder der Service Worker der Seite es notiert hat:",
  howFiles: "Dateien dieser Seite",
  howFile: "Datei",
  howSize: "Größe",
  howSent: "Gesendet",
  howOthers: "Alles andere",
  howForbidden: "Was dein Browser dieser Seite verbietet",
  howForbiddenHint: "Die Seite trägt diese Content-Security-Policy, und dein Browser hält sie dazu an:",
  howCheck:
    "Prüfe es: Öffne die Entwicklerwerkzeuge (F12), wähle Netzwerk, starte die Kamera und sichere ein Bild. " +
    "Oder schalte das Netz ab: Alles, was geladen ist, geht weiter.",
  howNoPicture: "Öffne die Kamera oder eine Datei, dann stehen hier die Anfragen.",
  howNothing: "Nichts.",
  cropTitle: "Das Foto zuschneiden",
  cropPicture: "Das Foto",
  cropBox: "Was vom Foto bleibt",
  cropHint: "Ziehe es oder eine Ecke. Pfeiltasten schieben es; mit Umschalttaste ändern sie die Größe.",
  cropShape: "Form",
  cropFree: "Frei",
  cropAngle: "Gerade rücken",
  cropTurn: "Um 90° drehen",
  cropReset: "Alles",
  cropApply: "Zuschneiden",
  aboutTitle: "Über Limn",
  aboutLead:
    "Limn malt Porträts im Browser. Sein Code, seine Stile und seine Bilder sind frei: MIT oder Apache-2.0, wie du magst.",
  aboutVersion: "Version",
  aboutEngine: "Engine",
  aboutLicences: "Lizenzen seiner Teile",
  aboutLimn: "Limn: Seite, Engines, Stile, Bilder",
  aboutSource: "Quelltext",
  aboutMediabunny:
    "Liest und schreibt Videodateien, unverändert, wie es seine Macher veröffentlichen; geholt, wenn das erste Video oder die " +
    "erste Aufnahme es braucht.",
  aboutClientZip: "Packt mehrere Bilder in eine Datei; geholt, wenn das erste ZIP es braucht.",
  aboutCrates: "In den Engines, aus Rust übersetzt:",
  aboutCratesMore: "und was sie brauchen, alles unter MIT, Apache-2.0, Zlib oder ebenso freien Lizenzen.",
  aboutFonts: "Schriften sind die deines Systems. Die Symbole wurden für Limn gezeichnet.",
  aboutText: "Text der Lizenz",
  aboutCredits: "Dank",
  aboutMethod:
    "Die Methode stammt von Liu et al., „Learning Selfie-Friendly Abstraction from Artistic Style Images“, mit Änderungen von uns.",
  aboutSitters:
    "Für die Porträts auf dieser Seite saß niemand Modell: Alle sind von eigenem Code gerendert und mit den Stilen der Seite gemalt.",
  aboutTeachers: "Die Stile lernten von eigenen Filtern und nicht vom Werk eines Künstlers:",
  aboutPhotos: "Die Fotos, an denen sie lernten; keines davon ist in der Seite:",
  exportTitle: "Das Video wird gemalt",
  exportStarting: "Das Video wird gelesen…",
  exportLive: "Dieser Browser kann Videos nicht Bild für Bild malen: Es wird in Echtzeit einmal ganz abgespielt und aufgenommen.",
  queueTitle: "Deine Fotos werden gemalt",
  queueList: "Die Fotos",
  queueWaiting: "wartet",
  queuePainting: "wird gemalt…",
  queueLeft: "nicht gemalt",
  queueVideo: "Das ist ein Video: Öffne es für sich.",
  queueSingly: "Einzeln sichern",
  queueDiscard: "Schließen, ohne zu sichern",
  fourTitle: "Vier Stile in einem Bild",
  fourPicture: "Dein Bild in vier Stilen, zwei mal zwei",
  fourChoice: "Stile",
  fourPlace0: "Oben links",
  fourPlace1: "Oben rechts",
  fourPlace2: "Unten links",
  fourPlace3: "Unten rechts",
  fourDone: "Alle vier sind gemalt.",
  fourSave: "Als ein Bild sichern",
  keysTitle: "Tasten",
};

/** @param {number} count */
export const requests = (count) =>
  `0 Bytes gesendet. ${count === 1 ? "1 Datei" : `${count} Dateien`} dieser Seite geholt, seit die Kamera oder das Bild geöffnet wurde.`;

/** @param {number} count */
export const strangers = (count) =>
  `${count === 1 ? "1 Anfrage ging" : `${count} Anfragen gingen`} anderswohin, seit die Kamera oder das Bild geöffnet wurde: siehe unten.`;

/** @type {string} */
export const nothingSent = "0 Bytes";

/** @param {string} directive */
export const stopped = (directive) => `von der Policy verhindert (${directive})`;

/** @type {Record<string, string>} */
export const directives = {
  "connect-src": "Verbindungen: Abrufe, Uploads, WebSockets, Beacons",
  "script-src": "Skripte",
  "worker-src": "Worker",
  "img-src": "Bilder",
  "media-src": "Ton und Video",
  "style-src": "Stylesheets",
  "manifest-src": "App-Manifest",
  "form-action": "Formulare senden",
  "base-uri": "Ihre Adressen umlenken",
  "default-src": "Alles andere: Frames, Schriften, Plugins",
};

/** @type {Record<string, string>} */
export const sources = {
  "'none'": "verboten",
  "'self'": "dieser Website",
  "'wasm-unsafe-eval'": "WebAssembly",
  "blob:": "dem Arbeitsspeicher",
  "data:": "dem Arbeitsspeicher",
};

/** @param {string} list */
export const only = (list) => `nur von ${list}`;

/** @param {string} name @param {string} size */
export const exported = (name, size) => `Gesichert als ${name}, ${size}.`;

/** @type {string} */
export const exportedMuted = "Der Ton musste wegbleiben: Kein Format, das dieser Browser schreibt, kann ihn aufnehmen.";

/** @type {string} */
export const exportedLive = "Es wurde in Echtzeit aufgenommen; einzelne Bilder können fehlen.";

/** @type {string} */
export const exportCancelled = "Der Export wurde abgebrochen.";

/** @param {number} done @param {number} total @param {string} left */
export const exportProgress = (done, total, left) => `Bild ${done} von ${total}, noch etwa ${left}`;

/** @param {number} frames */
export const exportedFrames = (frames) => (frames === 1 ? "1 Bild." : `${frames} Bilder.`);

/** @param {string} style */
export const queueLead = (style) => `Jedes in voller Größe, in ${style}, mit dem Pinsel von jetzt. Nichts verlässt dieses Gerät.`;

/** @param {number} place @param {number} count */
export const queueAt = (place, count) => `Foto ${place} von ${count}…`;

/** @param {number} painted @param {number} count @param {boolean} cancelled */
export const queueEnded = (painted, count, cancelled) =>
  `${cancelled ? "Abgebrochen. " : ""}${painted === count ? `Alle ${count} sind gemalt.` : `${painted} von ${count} sind gemalt.`}`;

/** @param {string} size */
export const queueZip = (size) => `Als ZIP sichern (${size})`;

/** @param {number} count */
export const queueSaved = (count) => `${count === 1 ? "1 Bild" : `${count} Bilder`} dem Browser zum Sichern übergeben.`;

/** @param {number} place @param {number} count */
export const fourPainting = (place, count) => `Bild ${place} von ${count} wird gemalt…`;

/** @type {Record<string, string>} */
export const keys = {
  "c": "Kamera starten oder stoppen",
  "o": "Fotos oder ein Video wählen",
  "b": "Vorher und nachher; Pfeiltasten schieben die Linie, Escape beendet es",
  "s": "Das Bild sichern",
  "k": "Das Foto zuschneiden, drehen oder gerade rücken",
  "q": "Vier Stile in einem Bild",
  "v": "Die Aufnahme der Kamera starten oder beenden",
  "t": "Selbstauslöser: ein Bild nach 3 Sekunden; Escape bricht ab",
  "x": "Selbstauslöser: 4 Bilder, eins pro Sekunde; Escape bricht ab",
  "f": "Zur anderen Kamera wechseln",
  "p": "Das Video abspielen oder anhalten",
  "l": "Das Video wiederholen",
  "u": "Ton des Videos an oder aus",
  "e": "Das gemalte Video exportieren; Escape bricht ab",
  "Escape": "Eine lange Arbeit abbrechen",
  "g": "Vorschau der Stile mit dem eigenen Bild",
  "r": "Den Pinsel zurücksetzen",
  "m": "Einen zweiten Stil einmischen",
  "digits": "Einen Stil wählen",
  "+": "Näher heran; dann schieben Pfeiltasten das Bild",
  "-": "Weiter weg",
  "0": "Das ganze Bild, oder jedes seiner Pixel",
  "undo": "Die letzte Änderung zurücknehmen",
  "redo": "Sie wiederholen",
  "?": "Diese Liste zeigen",
};

/** @param {number} width @param {number} height @param {number} x @param {number} y */
export const cropTold = (width, height, x, y) => `${width} × ${height}, ab ${x} % von links und ${y} % von oben.`;
