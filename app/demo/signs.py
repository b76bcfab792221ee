"""A picture that says how to reach its supplier elsewhere: read, marked, and waiting for people."""

import io
from datetime import timedelta

import segno
from PIL import Image, ImageDraw, ImageFont

from app.core.payload import Upload
from app.core.reading import Code, Line, Page, Place
from app.demo.cast import Stage
from app.demo.timeline import Story
from listings import queries, service
from listings.content import Text
from listings.pictures import service as pictures
from trust.access import Role
from trust.risk.pictures import finding
from trust.risk.pictures import service as reading

WIDTH, HEIGHT = 960, 720
TITLE, WORDS, CODE = "Factory visits welcome", "WeChat: factory_sales88", "https://u.wechat.com/EAbCdEf123"
ALT = Text(en="Sign at the factory gate", zh="厂门口的牌子")
SIGN = Page(
    (Line(TITLE, 99, 67, Place(76, 193, 617, 94)), Line(WORDS, 99, 71, Place(73, 350, 670, 98))),
    (Code(CODE, "QR Code", 180, Place(722, 616, 182, 241)),),
)
"""What the reader found in this very picture: written down here, so that nobody waits for it at the start."""


def drawn(stage: Stage) -> bytes:
    image = Image.new("RGB", (WIDTH, HEIGHT), (58, 92, 104))
    pen = ImageDraw.Draw(image)
    pen.rounded_rectangle((40, 60, WIDTH - 40, HEIGHT - 60), 28, fill=(246, 242, 232))
    for text, top in ((TITLE, 130), (WORDS, 244)):
        font = ImageFont.truetype(stage.ctx.settings.font_dir / "NotoSansSC_700Bold.ttf", 52)
        pen.text((80, top), text, fill=(24, 44, 62), font=font)
    file = io.BytesIO()
    segno.make(CODE, error="m", micro=False).save(file, kind="png", scale=8)
    image.paste(Image.open(file).convert("RGB").resize((220, 220)), (WIDTH - 290, HEIGHT - 300))
    told = io.BytesIO()
    image.save(told, "JPEG", quality=92)
    return told.getvalue()


async def sign_shown(stage: Stage, supplier: str) -> Story:
    """Two hours ago, in a change of a product that is on offer; nothing where none is."""
    yield stage.now - timedelta(hours=2)
    firm = stage.firms[supplier]
    async with stage.ctx.db.transaction() as tx:
        live = await queries.live(tx, await queries.published_ids_of(tx, firm.id))
        if not live:
            return
        product = min(live, key=lambda one: one.id)
        by = await stage.member(tx, firm, Role.SALES)
        upload = Upload("sign.jpg", "image/jpeg", drawn(stage))
        sign = await pictures.store(tx, stage.ctx.files, upload, organisation_id=firm.id, alt=ALT, field="uploads")
        content = product.content.model_copy(update={"pictures": (*product.content.pictures, sign)})
        await service.revise(tx, product.id, content, by=by)
        await service.submit(tx, product.id, by=by)
        for picture in content.pictures:
            await reading.record(tx, picture.key, finding.found([SIGN]) if picture is sign else [])
