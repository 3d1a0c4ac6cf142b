// An own file, so that the page needs no inline script. No validator: it would send the schema to another host.
// Descriptions are the only markup: plain tags that carry nothing. DOMPurify, inside the bundle, keeps a rule of its own.
const PLAIN = /<\/?(p|code|pre|em|strong|ul|ol|li|br|h[1-6])>/g;
window.trustedTypes?.createPolicy("default", {
  createHTML(markup) {
    if (markup.replace(PLAIN, "").includes("<")) throw new TypeError("This markup is not a description.");
    return markup;
  },
});
SwaggerUIBundle({
  url: "openapi.json",
  dom_id: "#swagger-ui",
  deepLinking: true,
  validatorUrl: null,
  defaultModelsExpandDepth: 0,
  tryItOutEnabled: true,
});
