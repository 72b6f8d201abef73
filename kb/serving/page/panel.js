// A part of the page that a button opens and closes again, for those who may use it.

import { $ } from "./texts.js";

// All but `told` are ids: `first` has the focus when it opens, `choice` is where a collection is
// chosen. `told` hears whether it is open, each time it is opened or closed.
export function panel({ button, part, close, choice, first }, told) {
  function open(is) {
    $(part).hidden = !is;
    $(button).setAttribute("aria-expanded", String(is));
    told(is);
  }

  function leave() {
    open(false);
    $(button).hidden = true;
  }

  function enter(may, collections) {
    if (!may) return leave();
    $(button).hidden = false;
    $(choice).replaceChildren(...collections.map((name) => new Option(name, name)));
    $(choice).hidden = collections.length < 2;
  }

  $(button).addEventListener("click", () => {
    open($(part).hidden);
    if (!$(part).hidden) $(first).focus();
  });
  $(close).addEventListener("click", () => {
    open(false);
    $(button).focus();
  });
  return { open, enter, leave };
}
