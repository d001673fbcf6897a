// make(name, className, text = "")   → an element of a page. Put before the script of a component.

function make(name, className, text = "") {
  const element = document.createElement(name);
  element.className = className;
  element.textContent = text;        // texts of runs and people: never as markup
  if (name === "button") element.type = "button";
  return element;
}
