"""The stylesheet arrives whole in one request, its layers in order."""

import re

from app.stylesheet import CSS, flattened


async def test_one_request_has_every_component(client):
    async with client() as http:
        sheet = await http.get("/static/css/portolan.css")
        again = await http.get("/static/css/portolan.css", headers={"if-none-match": sheet.headers["etag"]})
    assert sheet.headers["content-type"].startswith("text/css")
    assert again.status_code == 304
    assert "@import" not in sheet.text
    for component in (CSS / "components").glob("*.css"):
        assert component.read_text() in sheet.text, component.name


def test_layers_keep_their_order():
    assert re.search(r"@layer reset, base, layout, components, pages, utilities;", flattened())
    assert flattened().count("{") == flattened().count("}")
