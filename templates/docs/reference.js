// Starts Swagger UI on the API reference page, with a plugin for search, curl and dark mode.
"use strict";

(() => {
  const root = document.getElementById("reference");

  // Swagger UI's dark colours depend on a class of <html>.
  const dark = matchMedia("(prefers-color-scheme: dark)");
  const setColours = () => document.documentElement.classList.toggle("dark-mode", dark.matches);
  dark.addEventListener("change", setColours);
  setColours();

  // matches reports whether an operation contains every word of the search.
  const matches = (operation, words) => {
    const details = operation.get("operation");
    const texts = ["summary", "operationId", "description"].map(name => details.get(name));
    const text = [operation.get("path"), operation.get("method"), ...texts].join(" ").toLowerCase();
    return words.every(word => text.includes(word));
  };

  const opsFilter = (tags, search) => {
    const words = search.toLowerCase().split(/\s+/).filter(Boolean);
    return tags
      .map((tag, name) => words.every(word => name.toLowerCase().includes(word))
        ? tag : tag.update("operations", list => list.filter(operation => matches(operation, words))))
      .filter(tag => tag.get("operations").size > 0);
  };

  // webhooksFilter keeps the webhooks, by name, that match the search.
  const webhooksFilter = (webhooks, search) => {
    const words = search.toLowerCase().split(/\s+/).filter(Boolean);
    return Object.fromEntries(Object.entries(webhooks).filter(([name, operations]) => operations.some(
      ({ method, operation }) => matches(new Map([["path", name], ["method", method],
        ["operation", operation.get("operation") ?? operation]]), words))));
  };

  // moveParameters moves the parameters of each path to its operations, because Swagger UI 5.35 does not resolve a $ref
  // among them.
  const moveParameters = document => {
    for (const item of Object.values(document.paths)) {
      const { parameters = [], ...rest } = item;
      delete item.parameters;
      for (const operation of Object.values(rest)) {
        if (operation.responses) operation.parameters = [...parameters, ...operation.parameters ?? []];
      }
    }
    return document;
  };

  // hasOwnServer reports whether a path is on a listener that this page cannot reach.
  const hasOwnServer = (specSelectors, path) => specSelectors.specJson().hasIn(["paths", path, "servers"]);

  // parameterValues returns the values in the form of an operation, with examples for missing required ones.
  const parameterValues = (specSelectors, operation, key) => {
    const values = specSelectors.parameterValues(key).toJS();
    for (const p of operation.get("parameters")?.toJS() ?? []) {
      if (p.required) values[`${p.in}.${p.name}`] ||= p.example ?? p.schema?.examples?.[0] ?? p.name;
    }
    return values;
  };

  // curlRequest returns the request that the form of an operation would send, with placeholders for credentials.
  const curlRequest = ({ fn, specSelectors, oas3Selectors, authSelectors }, path, method) => {
    const key = [path, method];
    const operation = specSelectors.specResolvedSubtree(["paths", ...key]);
    if (!operation) return null;
    const types = specSelectors.contentTypeValues(key).toJS();
    const body = operation.getIn(["requestBody", "content"]);
    const type = body && (types.requestContentType || body.keySeq().first());
    let content = oas3Selectors.requestBodyValue(path, method);
    if (content?.toJS) content = content.map(value => value?.get ? value.get("value") : value).toJS();
    if (body && !content) {
      const media = body.get(type);
      const example = media.get("example") ?? media.get("examples")?.first()?.get("value");
      const value = example ?? fn.getSampleSchema(media.get("schema")?.toJS() ?? {}, type);
      content = value?.toJS ? value.toJS() : value;
      if (type.includes("json") && typeof content !== "string") content = JSON.stringify(content, null, 2);
    }
    const pathServers = specSelectors.specJson().getIn(["paths", path, "servers"]);
    const server = (pathServers ?? specSelectors.servers()).getIn([0, "url"]);
    const request = fn.buildRequest({
      spec: {
        servers: [{ url: server }],
        openapi: specSelectors.specJson().get("openapi"),
        paths: { [path]: { [method]: operation.toJS() } },
        components: { securitySchemes: specSelectors.specJson().getIn(["components", "securitySchemes"]).toJS() },
      },
      operationId: fn.opId(operation.toJS(), path, method), pathName: path, method,
      parameters: parameterValues(specSelectors, operation, key),
      server,
      securities: { authorized: authSelectors.authorized()?.toJS() ?? {} },
      requestContentType: type, responseContentType: types.responseContentType, requestBody: content,
    });
    const schemes = operation.get("security")?.first()?.keySeq().toArray() ?? [];
    if (schemes.includes("token")) request.headers.Authorization ??= "Bearer TOKEN";
    if (schemes.includes("guid")) request.headers["Onramp-Guid"] ??= "GUID";
    if (schemes.includes("radius")) request.headers.Authorization ??= "Basic CREDENTIALS";
    return request;
  };

  const plugin = ({ React, Im, getSystem }) => {
    const h = React.createElement;

    const searched = () => {
      const search = getSystem().layoutSelectors.currentFilter();
      return typeof search === "string" ? search : "";
    };

    const Search = ({ layoutActions, specSelectors }) => {
      const [words, setWords] = React.useState(searched());
      React.useEffect(() => {
        const wait = setTimeout(() => layoutActions.updateFilter(words), 200);
        return () => clearTimeout(wait);
      }, [words]);
      if (!specSelectors.specJson().size) return null;
      const webhooks = Object.keys(specSelectors.selectWebhooksOperations()).length;
      const none = specSelectors.taggedOperations().size + webhooks === 0;
      return h("div", { className: "search", role: "search" },
        h("label", { htmlFor: "search" }, "Search operations"),
        h("input", {
          id: "search", type: "search", autoComplete: "off", spellCheck: false,
          placeholder: "Words of a path, summary or description",
          value: words, onChange: event => setWords(event.target.value),
        }),
        h("p", { role: "status" }, none ? "No operation found." : ""));
    };

    // The introduction is long; the operations come first.
    const Introduction = Original => props => h("details", { className: "introduction" },
      h("summary", null, "Requests, answers, errors, roles and proofs"), h(Original, props));

    // Without an operation, the search box has the message.
    const Operations = Original => props => props.specSelectors.taggedOperations().size ? h(Original, props) : null;

    const CurlExample = Original => props => {
      const system = getSystem();
      let request = null;
      try {
        request = props.tryItOutResponse ? null : curlRequest(system, props.path, props.method);
      } catch (error) {
        console.error("curl example of", props.method, props.path, error);
      }
      return h(React.Fragment, null,
        request && h("div", { className: "example-request" },
          h(system.getComponent("curl"), { request: Im.fromJS(request), getComponent: system.getComponent })),
        h(Original, props));
    };

    return {
      fn: { opsFilter },
      components: { FilterContainer: Search, ServersContainer: () => null }, // there is one server
      wrapComponents: { InfoContainer: Introduction, operations: Operations, responses: CurlExample },
      statePlugins: {
        spec: {
          wrapActions: { updateJsonSpec: original => document => original(moveParameters(document)) },
          wrapSelectors: {
            selectWebhooksOperations: original => (...rest) => webhooksFilter(original(...rest), searched()),
            allowTryItOutFor: () => (state, path) => !hasOwnServer(getSystem().specSelectors, path),
          },
        },
      },
    };
  };

  const ui = SwaggerUIBundle({
    domNode: root,
    url: root.dataset.document,
    plugins: [plugin],
    filter: true,
    deepLinking: true,
    docExpansion: "list",
    defaultModelsExpandDepth: 0,
    displayRequestDuration: true,
    syntaxHighlight: { activated: true, theme: "tomorrow-night" },
    validatorUrl: null,
    showMutatedRequest: false,
    // The curl command shows the public address; the request itself goes to the address of this page, which may differ.
    requestInterceptor: request => {
      if (request.loadSpec) return request;
      const server = ui.specSelectors.servers().getIn([0, "url"]);
      if (request.url.startsWith(server + "/")) request.url = location.origin + request.url.slice(server.length);
      return request;
    },
  });
})();
