// Tells the server which of a page's keys was pressed, but never while the visitor types or moves a control.
//
// data: keys     {key: action to tell the server}
//       events   {key: event to send on this page instead}
// A letter works wherever no text is written; an arrow also leaves sliders, tables, choices and players alone.

const TYPING = 'input, textarea, select, [contenteditable=""], [contenteditable="true"], [role="combobox"], [role="listbox"]';
const MOVING = 'audio, video, canvas, [role="slider"], [role="grid"], [role="radiogroup"], [role="menu"], [role="tablist"]';
const listeners = new WeakMap();

export default function (component) {
  const { data, parentElement } = component;
  forget(parentElement);
  const listener = (event) => pressed(component, data, event);
  listeners.set(parentElement, listener);
  document.addEventListener("keydown", listener);
  return () => forget(parentElement);
}

function forget(parentElement) {
  const listener = listeners.get(parentElement);
  if (listener) document.removeEventListener("keydown", listener);
  listeners.delete(parentElement);
}

function pressed(component, data, event) {
  if (event.defaultPrevented || event.ctrlKey || event.metaKey || event.altKey) return;
  const guard = event.key.startsWith("Arrow") ? `${TYPING}, ${MOVING}` : TYPING;
  if (event.composedPath().some((place) => place instanceof Element && place.matches(guard))) return;
  if (data.events[event.key]) document.dispatchEvent(new CustomEvent(data.events[event.key]));
  else if (data.keys[event.key]) component.setTriggerValue("pressed", data.keys[event.key]);
  else return;
  event.preventDefault();
}
