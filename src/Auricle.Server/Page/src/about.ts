import { el } from "./dom";
import type { Page, View } from "./main";

export function about(page: Page): View {
  const list = el("tbody");
  const draw = (): void => list.replaceChildren(...page.models.map(model => el("tr", {},
    el("th", { scope: "row" }, model.id), el("td", {}, model.system), el("td", {}, model.roles.join(", ")), el("td", {}, model.isLoaded ? "in memory" : "on the disk"))));
  addEventListener("models", draw);
  const element = el("div", { class: "view" }, el("h1", {}, "About"),
    el("p", {}, "Auricle listens and tells in words what it hears. This page is served by the program itself; it asks no other host for anything, keeps nothing but view settings, and sounds that you send are gone when they have been answered."),
    el("h2", {}, "Models here"),
    el("div", { class: "scroll", tabIndex: 0, role: "region", "aria-label": "Models" }, el("table", {}, el("thead", {}, el("tr", {}, ...["Name", "System", "Does", "Where"].map(title => el("th", { scope: "col" }, title)))), list)),
    el("p", {}, "What a model can be trusted with, what it was trained on and its licence stand in its card. A caption is a guess: sounds that a model never heard are described by the nearest that it knows."),
    el("h2", {}, "For programs"),
    el("p", {}, "Everything on this page goes through an interface that is yours too: ", el("a", { href: "/docs" }, "its description"), ", ", el("a", { href: "/openapi/v1.json" }, "as OpenAPI"), ". Assistants that speak the Model Context Protocol connect to ", el("code", {}, "/mcp"), "."));
  draw();
  return { title: "About", element };
}
