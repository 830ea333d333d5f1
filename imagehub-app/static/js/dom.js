// The pages work without this script; it makes them pleasant. Its parts are joined in the order
// that pages/assets.rs lists them.
"use strict";

const all = (selector, root = document) => [...root.querySelectorAll(selector)];
const one = (selector, root = document) => root.querySelector(selector);

// An element with properties and children: make("a", { href, className }, "text", child).
function make(name, properties = {}, ...children) {
  const element = Object.assign(document.createElement(name), properties);
  element.append(...children);
  return element;
}
