"""Detectors of what texts give away, on texts as traders write them, in English and Chinese."""

import pytest

from trust.risk import texts
from trust.risk.texts import BANK, CONTACT, MONEY, Kind

CONTACTS = """
call me at +86 138 0013 8000
Our phone is 0755-8888 6666 please ring
tel: 020 7946 0958
Mobile 07911 123456, ask for Tom
my number is +49 40 123456-78
please call 0049 40 1234 5678
WhatsApp +8613800138000 for fast reply
whatsapp: +44 7911 123456
Add me on WhatsApp
Let's talk on WeChat, faster there
my wechat is lantern_88
WeChat ID: lanternwei
wechat lantern2024
Telegram @harbour_trade
find me on telegram: harbourtrade
Skype: wei.lin.trade
QQ: 123456789
wx: lantern88
vx：lantern_wei
contact us by mail sales@lantern-works.com
sales (at) lantern (dot) com
wei.lin at lantern dot com
wei[at]lantern[dot]com
ｓａｌｅｓ＠ｌａｎｔｅｒｎ．ｃｏｍ
visit www.lantern-works.com for the catalogue
https://lantern.shop/catalogue
see lanternworks.com for prices
1 3 8 0 0 1 3 8 0 0 0
1-3-8-0-0-1-3-8-0-0-0
one three eight zero zero one three eight zero zero zero
１３８００１３８０００
13800138000
138-0013-8000 is mine
We could deal outside the platform and save the fee
pay us directly, it is cheaper
Why not trade off-platform next time
Better to avoid the platform fee
let's continue on WhatsApp please
chat with us via WeChat
电话 0755-88886666
手机：13800138000
我的手机号是138 0013 8000
一三八零零一三八零零零
加我微信
加微信聊
微信号 lantern_88
微信：lanternwei
薇信 lantern88
可以加个v
QQ 123456789
邮箱 wei@lantern.cn
请发到 wei艾特lantern点com
私下交易可以便宜
我们线下付款吧
绕过平台更省钱
不走平台直接做
平台外交易给你九五折
省下手续费大家分
直接打款给公司就行
联系我 13912345678
""".strip().splitlines()
BANKS = """
Please pay to DE89 3704 0044 0532 0130 00
IBAN GB29NWBK60161331926819
our iban is FR14 2004 1010 0505 0001 3M02 606
SWIFT: COBADEFFXXX
SWIFT code DEUTDEFF
BIC / SWIFT code: BKCHCNBJ
Account number: 6217 0012 3456 7890 123
a/c no. 012-345678-001
beneficiary account 11020304050607
Please note our new bank account
We have changed our bank account
there is a change of beneficiary
our account is frozen for tax audit
our bank account is under audit
do not use the old account
pay to the following account today
updated payment details attached
please use this new account number for the balance
账号 6217001234567890123
开户行中国银行，账号：6222 0212 3456 7890
我们换了银行账户
收款账户已变更
公司账户被冻结
请打到我个人账户
请汇款到香港账户
这是新账号
请转到法人账户
收款人变更了收款信息，更换账号如下
""".strip().splitlines()
MONEYS = """
We accept Western Union
send it by MoneyGram
pay with USDT please
USDT TRC20 only
you can pay by bitcoin
payment in BTC accepted
pay by gift card
send me an iTunes card as payment
1A1zP1eP5QGefi2DMPTfTL5SLmv7DivfNa
0x52908400098527886E0F7030069857D2E4169EE7
可以用比特币支付
西联汇款也行
付泰达币有折扣
收虚拟币
用礼品卡付款
""".strip().splitlines()
HARMLESS = """
HS code 6912 00 10 00
HS 8541.43.00.10
our order PO-7F3K-2M9Q of 2026-11-22
Contract PC-1234-5678, clause 7
order no. 13800138000
Tracking number 13912345678
AWB 157-12345675
Container MSKU1234565, seal 0012345
B/L no. COSU6123456780
Quantity 13800000000 pcs
10000000000 pieces
2,000 pcs at USD 1.18, total USD 2,360.00
price 1.18 USD FOB Shenzhen Yantian
EUR 13 800 138.00 in total
Between 2026-11-22 and 2026-12-31
delivery 22.11.2026 to 05.12.2026
Lead time 25-30 days after deposit
Sizes 1 2 3 4 5 6 7 8 9 10 11
MOQ 500 sets, 20 cartons, 12 kg each
Dimensions 1200 x 800 x 1440 mm
Temperature -20 to +60 degrees
30 % deposit and 70 % before shipment
We pay by transfer through Portolan
payment through the platform is fine
Please send the contract, we sign on the platform
The platform scale holds 3000 kg
Could you offer 350 ml instead of 330 ml
CAS 7732-18-5, purity 99.5 %
Serial 20261122001
Model LT-88600-A, batch 20261104
EN 71-3, ASTM F963-17, ISO 9001:2015
see the standard at https://www.iso.org/standard/62085.html
UN/LOCODE CNYTN, DEHAM
VAT DE123456789
USCC 91440300MA5EXAMPL0
LEI 5299000J2N45DDNE4Y28
2026 年 11 月 22 日前发货
我们要 13800 件
数量 13800138000 个
订单号 13800138000
运单号 13912345678
合同号 PC-1234-5678
海关编码 6912001000
单价 1.18 美元 FOB 深圳
尺寸 120*80*144 厘米
净重 12.5 公斤，毛重 13.8 公斤
交货期 25 到 30 天
二〇二六年十一月二十二日
一三五七九号房间
第一二三四批货
支持微信支付吗
平台上付款即可
请在平台上签合同
首付三成，尾款发货前付清
我们新开了一条生产线
账期三十天可以吗
我们用二维码标签
样品费多少
这批货的批号 20261104
型号 LT-88600
需要 CE 和 RoHS 证书
颜色按潘通 2925 C
How many in a 40' HC container, 26 t or 28 t
Is the gift card box printed on both sides
we make gift cards holders of paper
bitcoin miner cases, 5000 pcs
WhatsApp stickers printed in four colours
礼品卡盒 5000 个
比特币矿机外壳
Please open a new account manager meeting
a new production line from May
The telephone housing is of ABS
phone cases for 13 models, 100 each
mobile stands, 2000 pcs
email marketing is not needed
Line 3 of the packing list is wrong
the account of damages stands in clause 9
your account at Portolan shows it
Can you meet 4 at the harbour
We need it by 12 December
urgent: please send samples
Please answer today
""".strip().splitlines()


def kinds(text: str) -> set[Kind]:
    return {place.kind for place in texts.find(text)}


def missed(rows: list[str], wanted: frozenset[Kind]) -> list[str]:
    return [row for row in rows if not kinds(row) & wanted]


def test_there_are_enough_texts():
    assert len(CONTACTS) + len(BANKS) + len(MONEYS) + len(HARMLESS) >= 150


@pytest.mark.parametrize(
    ("rows", "wanted", "recall"), [(CONTACTS, CONTACT, 97), (BANKS, BANK, 96), (MONEYS, MONEY, 100)]
)
def test_what_is_given_away_is_found(rows, wanted, recall):
    lost = missed(rows, wanted)
    assert 100 * (len(rows) - len(lost)) >= recall * len(rows), lost


def test_trade_passes():
    acting = CONTACT | BANK | MONEY
    wrong = {row: kinds(row) & acting for row in HARMLESS if kinds(row) & acting}
    right = len(CONTACTS) + len(BANKS) + len(MONEYS)
    assert 100 * right >= 98 * (right + len(wrong)), wrong


def test_a_mask_covers_what_was_found_and_nothing_else():
    text = "Hello, call +86 138 0013 8000 or wei@lantern.cn about 2,000 mugs."
    assert texts.masked(text, texts.find(text)) == "Hello, call █████ or █████ about 2,000 mugs."
    assert texts.masked("２,000 mugs", texts.find("２,000 mugs")) == "２,000 mugs"


def test_a_snippet_tells_the_kind_of_thing_but_not_the_thing():
    text = "order 4711, pay to DE89 3704 0044 0532 0130 00 or mail wei@lantern.cn"
    found = [place for place in texts.find(text) if place.kind is Kind.IBAN]
    [shown] = texts.snippets(text, found)
    assert shown.startswith("order ••••, pay to DE")
    assert not any(sign.isdigit() for sign in shown)
    assert "wei@" not in shown


def test_invisible_signs_hide_nothing():
    assert Kind.PHONE in kinds("1\u200b3\u200b8\u200b0\u200b0\u200b1\u200b3\u200b8\u200b0\u200b0\u200b0")


@pytest.mark.parametrize("sign", ["\u0336", "\u034f", "\u20dd", "\u2063", "\u202e", "\ufe0f", "\U000e0041"])
def test_marks_and_signs_that_do_not_show_hide_nothing(sign):
    said = "call " + sign.join("+86 138 0013 8000")
    [found] = texts.find(said)
    assert found.kind is texts.Kind.PHONE
    assert "8000" not in texts.masked(said, [found]).replace(sign, "")


def test_a_wallet_needs_its_checksum():
    assert Kind.WALLET not in kinds("1A1zP1eP5QGefi2DMPTfTL5SLmv7DivfNb")


def test_an_iban_needs_its_checksum():
    assert Kind.IBAN not in kinds("DE88 3704 0044 0532 0130 00")


def test_texts_that_differ_in_width_and_case_alone_are_the_same():
    assert texts.digest("Free  SAMPLE") == texts.digest("ｆｒｅｅ sample")
