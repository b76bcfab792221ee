/* Every page works without these; each module adds one behaviour. Modules listen on the document, so what htmx swaps in
   behaves like what came with the page. */
import "./once.js";
import "./confirm.js";
import "./rows.js";
import "./upload.js";
import "./keys.js";
import "./focus.js";
import "./glossary.js";
import "./menu.js";
import "./suggest.js";
import "./requests.js";
import "./passkeys.js";
import "./beacon.js";
