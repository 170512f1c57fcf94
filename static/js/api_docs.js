// The API's page: the vendored viewer reads the site's own schema.
const place = document.getElementById("api-docs");
window.SwaggerUIBundle({ url: place.dataset.schema, domNode: place, deepLinking: true, presets: [window.SwaggerUIBundle.presets.apis], persistAuthorization: false });
