// Whether an answer helped, and why: kept with the conversation, for whoever runs the server.

import { get } from "./api.js";
import { announce, made, named, say } from "./texts.js";
import { message } from "./turn.js";

// `where` are the ids { conversation, turn }; `before` is what was said earlier, or null.
export function judging(where, before) {
  const box = made("div", "", "judging");
  const row = made("div", "", "row");
  const form = made("form", "", "row");
  const reason = made("input");
  const buttons = new Map();
  let good = before ? before.good : null;

  const show = () => {
    for (const [value, button] of buttons) button.setAttribute("aria-pressed", String(value === good));
  };
  const keep = async () => {
    const body = { turn: where.turn, good, reason: reason.value.trim() };
    try {
      await get(`api/conversations/${where.conversation}/feedback`, { method: "POST", body });
      announce(say("noted"));
    } catch (error) {
      announce(message(error));
    }
  };
  row.append(named("span", "helped", "where"));
  for (const [value, name] of [[true, "good"], [false, "bad"]]) {
    const button = named("button", name, "thumb");
    button.type = "button";
    button.addEventListener("click", () => {
      good = value;
      show();
      form.hidden = false;
      keep();
    });
    buttons.set(value, button);
    row.append(button);
  }
  reason.maxLength = 2000;
  reason.value = before?.reason || "";
  reason.dataset.hint = reason.dataset.name = "reason";
  reason.placeholder = say("reason");
  reason.setAttribute("aria-label", say("reason"));
  form.append(reason, named("button", "accept"), named("p", "seen", "where"));
  form.hidden = !before;
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    keep();
  });
  show();
  box.append(row, form);
  return box;
}
