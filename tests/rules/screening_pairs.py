"""Pairs of names, labelled: the same subject or not. All base names are made up; each rule of change says what it does.

`python -m tests.rules.screening_pairs` prints recall and precision, and those of a plain token-set ratio beside them.
"""

import random
import sys
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from decimal import Decimal

from rapidfuzz import fuzz, utils

from trust.screening.entries import Kind
from trust.screening.matching.scoring import likeness

REVIEW = Decimal("0.85")
PERSON, COMPANY = Kind.PERSON, Kind.COMPANY


@dataclass(frozen=True)
class Pair:
    rule: str
    ours: str
    theirs: str
    kind: Kind
    same: bool


STEMS = (
    "Lantern Harbour", "Meridian Glass", "Quarry Stone", "Blue Heron", "Saltmarsh", "Copperleaf", "Windrose",
    "Redwater Mill", "Amber Coast", "Northgate", "Silverpine", "Orchid Valley", "Cedarbridge", "Falcon Ridge",
    "Pearl Lagoon", "Ironwood", "Sandbar Marine", "Golden Loom", "Kestrel Bay", "Thornfield",
)  # fmt: skip
TRADES = ("Trading", "Shipping", "Electronics", "Machinery", "Petroleum")
CITIES = ("Shenzhen", "Guangzhou", "Ningbo", "Dubai", "Tehran", "Hamburg")
FORMS = ("Co., Ltd.", "COMPANY LIMITED", "LLC", "GmbH", "Inc.", "S.A.", "Pte. Ltd.", "FZE")
HAN_STEMS = (
    ("灯塔", "燈塔", "Dengta"),
    ("红帆", "紅帆", "Hongfan"),
    ("云山", "雲山", "Yunshan"),
    ("长风", "長風", "Changfeng"),
    ("海鹭", "海鷺", "Hailu"),
    ("青石", "青石", "Qingshi"),
    ("金罗盘", "金羅盤", "Jinluopan"),
    ("北辰星", "北辰星", "Beichenxing"),
)  # fmt: skip
HAN_CITIES = (("深圳", "Shenzhen"), ("宁波", "Ningbo"), ("大连", "Dalian"), ("青岛", "Qingdao"))
HAN_TRADES = (
    ("贸易", "貿易", "Trading"),
    ("航运", "航運", "Shipping"),
    ("科技", "科技", "Technology"),
    ("化工", "化工", "Chemical"),
)
HAN_PEOPLE = (
    ("林晓舟", "Lin", "Xiao", "zhou"),
    ("单文博", "Shan", "Wen", "bo"),
    ("曾雨桐", "Zeng", "Yu", "tong"),
    ("仇海燕", "Qiu", "Hai", "yan"),
    ("欧阳立新", "Ouyang", "Li", "xin"),
    ("司马清远", "Sima", "Qing", "yuan"),
    ("解云帆", "Xie", "Yun", "fan"),
    ("高明哲", "Gao", "Ming", "zhe"),
    ("郑思齐", "Zheng", "Si", "qi"),
    ("查良辰", "Zha", "Liang", "chen"),
    ("任远航", "Ren", "Yuan", "hang"),
    ("许佳宁", "Xu", "Jia", "ning"),
)  # fmt: skip
COMMON = (
    "王伟", "王芳", "李娜", "李强", "张敏", "张磊", "刘洋", "刘静", "陈杰", "陈涛",
    "杨军", "杨勇", "赵丽", "黄超", "周明", "吴霞",
)  # fmt: skip
RUSSIAN = (
    ("Владимир Ёлкин", "Vladimir Yolkin", "Wladimir Jolkin"),
    ("Сергей Щукарёв", "Sergey Shchukarev", "Sergei Schukarew"),
    ("Дмитрий Журавский", "Dmitriy Zhuravskiy", "Dmitri Zhuravsky"),
    ("Юрий Чайников", "Yuriy Chaynikov", "Yuri Chainikov"),
    ("Алексей Хромов", "Aleksey Khromov", "Alexei Hromov"),
    ("Евгений Цветаев", "Evgeniy Tsvetaev", "Yevgeny Tsvetayev"),
    ("Михаил Ясенев", "Mikhail Yasenev", "Mihail Iasenev"),
    ("Андрей Шмелёв", "Andrey Shmelev", "Andrei Shmelyov"),
    ("Николай Подъяпольский", "Nikolay Podyapolskiy", "Nikolai Podyapolsky"),
    ("Василий Бережной", "Vasiliy Berezhnoy", "Vasily Berezhnoi"),
)  # fmt: skip
RUSSIAN_COMPANIES = (
    ("ООО «Ромашка-Транзит»", "Romashka-Tranzit LLC"),
    ("Общество с ограниченной ответственностью «Северный Маяк»", "OOO Severnyy Mayak"),
    ("АО «Янтарьмаш»", "Yantarmash JSC"),
    ("ПАО «Чайкафлот»", "PJSC Chaykaflot"),
    ("ЗАО «Берегиня»", "Bereginya ZAO"),
)  # fmt: skip
ARABIC = (
    ("محمد علي حسن", "Muhammad Ali Hassan"),
    ("خالد محمود درويش", "Khalid Mahmoud Darwish"),
    ("يوسف ابراهيم سالم", "Yusuf Ibrahim Salem"),
    ("عمر عبد الله ناصر", "Omar Abdullah Nasser"),
    ("حسين كريم منصور", "Hussein Karim Mansour"),
    ("سمير طارق بكري", "Samir Tariq Bakri"),
)  # fmt: skip
ARABIC_COMPANIES = (
    ("شركة النور للتجارة", "Al Nour Trading Company"),
    ("مجموعة الفارس القابضة", "Al Faris Holding Group"),
)
ARAB_LATIN = (
    ("Mohammed Rashid Al-Tamari", "Muhammad Rashid Al Tamari"),
    ("Yousef Khaled Barghash", "Yusuf Khalid Barghash"),
    ("Abdul Karim Zubaidi", "Abdulkarim Zubaidi"),
    ("Hussein bin Faisal Qamari", "Husayn Faisal Qamari"),
    ("Ahmad Mahmood Sabbagh", "Ahmed Mahmoud Sabbagh"),
    ("Mustafa Omar El-Hadidi", "Mostafa Umar Hadidi"),
    ("Osama Ibrahim Fakhouri", "Usama Ebrahim Fakhouri"),
    ("Said Hassan Mirzai", "Saeed Hasan Mirzai"),
)  # fmt: skip
PEOPLE = (
    "Orsolya Bellantine", "Tobias Grunwaldt", "Marisol Etcheverry", "Cornelius Vandermolen", "Ingeborg Halvorsen",
    "Leopold Szymborski", "Anneliese Brockhaus", "Rafael Montesdeoca", "Benedikta Sorensdatter", "Gaspard Thibodeaux",
)  # fmt: skip


def slip(name: str, chance: random.Random) -> str:
    """One slip of the pen inside the longest word: a letter left out, doubled, changed, or two turned round."""
    word = max(name.split(), key=len)
    at = chance.randrange(1, len(word) - 2)
    turned = word[:at] + word[at + 1] + word[at] + word[at + 2 :]
    slips = [word[:at] + word[at + 1 :], word[:at] + word[at] + word[at:], word[:at] + "x" + word[at + 1 :], turned]
    made = chance.choice([one for one in slips if one != word])
    return name.replace(word, made)


def same_companies(chance: random.Random) -> Iterator[Pair]:
    for n, stem in enumerate(STEMS):
        trade, city = TRADES[n % 5], CITIES[n % 6]
        one, other = FORMS[n % 8], FORMS[(n * 3 + 1) % 8]
        base = f"{city} {stem} {trade} {one}"
        changed: dict[str, str] = {
            "company form": f"{city} {stem} {trade} {other}",
            "order and case": f"{stem} {trade} ({city}) {other}".upper(),
            "slip of the pen": slip(f"{city} {stem} {trade}", chance) + f" {one}",
            "city left out": f"{stem} {trade} {one}",
            "punctuation": f"{city}-{stem.replace(' ', '-')}, {trade} {one}",
            "accents": base.replace("a", "á").replace("o", "ö"),
            "in one word": f"{city} {stem.replace(' ', '')} {trade} {one}",
            "word of the trade abroad": f"{city} {stem} {trade} International {other}",
        }
        for rule, made in changed.items():
            yield Pair(rule, base, made, COMPANY, same=True)


def same_in_han() -> Iterator[Pair]:
    for n, (simple, old, pinyin) in enumerate(HAN_STEMS):
        for m in range(2):
            (city, city_latin), (trade, old_trade, english) = HAN_CITIES[(n + m) % 4], HAN_TRADES[(n + 2 * m) % 4]
            full = f"{city}{simple}{trade}有限公司"
            yield Pair("pinyin and translation", full, f"{city_latin} {pinyin} {english} Co., Ltd.", COMPANY, same=True)
            yield Pair(
                "pinyin, other order",
                full,
                f"{pinyin.upper()} {english.upper()} ({city_latin.upper()}) LIMITED",
                COMPANY,
                same=True,
            )
            yield Pair("old characters", full, f"{city}{old}{old_trade}股份有限公司", COMPANY, same=True)
            yield Pair("brackets in Chinese", full, f"{simple}（{city}）{trade}有限责任公司", COMPANY, same=True)
    for han, surname, first, second in HAN_PEOPLE:
        for rule, latin in (
            ("pinyin, surname first", f"{surname} {first}{second}"),
            ("pinyin, surname last", f"{first}{second} {surname}"),
            ("pinyin, syllables split", f"{surname.upper()} {first.upper()} {second.upper()}"),
            ("pinyin, hyphen", f"{first}-{second} {surname}"),
            ("pinyin, comma", f"{surname.upper()}, {first}{second}"),
        ):
            yield Pair(rule, han, latin, PERSON, same=True)


def same_transliterated() -> Iterator[Pair]:
    for cyrillic, one, other in RUSSIAN:
        yield Pair("from Russian", cyrillic, one, PERSON, same=True)
        yield Pair("from Russian, other rules", cyrillic, other, PERSON, same=True)
        yield Pair("two ways from Russian", one, other, PERSON, same=True)
        yield Pair("from Russian, surname first", cyrillic, " ".join(reversed(one.split())).upper(), PERSON, same=True)
    for cyrillic, latin in RUSSIAN_COMPANIES:
        yield Pair("company from Russian", cyrillic, latin, COMPANY, same=True)
    for arabic, latin in ARABIC:
        yield Pair("from Arabic", arabic, latin, PERSON, same=True)
        yield Pair("from Arabic, surname first", arabic, " ".join(reversed(latin.split())), PERSON, same=True)
    for arabic, latin in ARABIC_COMPANIES:
        yield Pair("company from Arabic", arabic, latin, COMPANY, same=True)
    for one, other in ARAB_LATIN:
        yield Pair("two ways from Arabic", one, other, PERSON, same=True)


def same_people(chance: random.Random) -> Iterator[Pair]:
    for name in PEOPLE:
        first, last = name.split()
        yield Pair("surname first", name, f"{last.upper()}, {first}", PERSON, same=True)
        yield Pair("initial", name, f"{first[0]}. {last}", PERSON, same=True)
        yield Pair("slip in a person's name", name, slip(name, chance), PERSON, same=True)
        yield Pair("another given name more", name, f"{first} Maria {last}", PERSON, same=True)
        yield Pair("title", name, f"Dr. {name}", PERSON, same=True)


def different_companies() -> Iterator[Pair]:
    for n, stem in enumerate(STEMS):
        trade, city = TRADES[n % 5], CITIES[n % 6]
        base, next_stem = f"{city} {stem} {trade} Co., Ltd.", STEMS[(n + 1) % len(STEMS)]
        for rule, other in (
            ("another city", f"{CITIES[(n + 1) % 6]} {stem} {trade} Co., Ltd."),
            ("another name, all else alike", f"{city} {next_stem} {trade} Co., Ltd."),
            ("another trade", f"{stem} {TRADES[(n + 1) % 5]} Co., Ltd."),
            ("no name but the trade", f"{city} {trade} Co., Ltd."),
        ):
            ours = f"{stem} {trade} Co., Ltd." if rule == "another trade" else base
            yield Pair(rule, ours, other, COMPANY, same=False)
        for a, b in ((3, 5), (1, 11)):
            yield Pair("another number", f"{stem} Factory No. {a}", f"{stem} Factory No. {b}", COMPANY, same=False)
    for n, (simple, _old, _pinyin) in enumerate(HAN_STEMS):
        next_one = HAN_STEMS[(n + 1) % len(HAN_STEMS)]
        yield Pair(
            "another name in Chinese",
            f"深圳{simple}贸易有限公司",
            f"深圳{next_one[0]}贸易有限公司",
            COMPANY,
            same=False,
        )
        yield Pair(
            "another city in Chinese", f"深圳{simple}贸易有限公司", f"宁波{simple}贸易有限公司", COMPANY, same=False
        )
        yield Pair(
            "another pinyin",
            f"宁波{simple}化工有限公司",
            f"Ningbo {next_one[2]} Chemical Co., Ltd.",
            COMPANY,
            same=False,
        )


def different_people() -> Iterator[Pair]:
    for n, name in enumerate(COMMON):
        for step in (1, 3):
            yield Pair("common Chinese names", name, COMMON[(n + step) % len(COMMON)], PERSON, same=False)
    for ours, theirs in (
        ("张伟", "章伟"),
        ("李莉", "黎丽"),
        ("王静", "汪晶"),
        ("徐明", "许鸣"),
        ("陈辰", "谌晨"),
        ("余杰", "于洁"),
    ):
        yield Pair("read alike, written otherwise", ours, theirs, PERSON, same=False)
    for n, (_han, surname, first, second) in enumerate(HAN_PEOPLE):
        other = HAN_PEOPLE[(n + 1) % len(HAN_PEOPLE)]
        yield Pair(
            "same surname in pinyin",
            f"{surname} {first}{second}",
            f"{surname} {other[2]}{other[3]}",
            PERSON,
            same=False,
        )
    for n, name in enumerate(PEOPLE):
        first, last = name.split()
        other_first, other_last = PEOPLE[(n + 1) % len(PEOPLE)].split()
        yield Pair("same given name", name, f"{first} {other_last}", PERSON, same=False)
        yield Pair("same surname", name, f"{other_first} {last}", PERSON, same=False)
    for n, (_c, latin, _o) in enumerate(RUSSIAN):
        yield Pair(
            "same given name, Russian",
            latin,
            f"{latin.split()[0]} {RUSSIAN[(n + 1) % 10][1].split()[1]}",
            PERSON,
            same=False,
        )
    for n, (one, _two) in enumerate(ARAB_LATIN):
        rest = ARAB_LATIN[(n + 1) % len(ARAB_LATIN)][0].split()[1:]
        yield Pair("same first name, Arabic", one, f"{one.split()[0]} {' '.join(rest)}", PERSON, same=False)
    for one, two in (
        ("Hassan Omar Darwish", "Hussein Omar Darwish"),
        ("Tariq Salem Bakri", "Tariq Salim Bakeri Nasser"),
        ("Kim Jun", "Kim Jin"),
    ):
        yield Pair("another person, nearly the same letters", one, two, PERSON, same=False)


def pairs() -> list[Pair]:
    chance = random.Random(20261122)  # noqa: S311  the same pairs in every run
    return [
        *same_companies(chance), *same_in_han(), *same_transliterated(), *same_people(chance),
        *different_companies(), *different_people(),
    ]  # fmt: skip


@dataclass(frozen=True)
class Outcome:
    recall: float
    precision: float
    wrong: tuple[Pair, ...]


def measured(judge: Callable[[Pair], bool]) -> Outcome:
    """How many of those that are the same are found, and how many of those found are the same."""
    counted: Counter[tuple[bool, bool]] = Counter()
    wrong = []
    for pair in pairs():
        found = judge(pair)
        counted[pair.same, found] += 1
        if found != pair.same:
            wrong.append(pair)
    hits = counted[True, True]
    return Outcome(hits / (hits + counted[True, False]), hits / (hits + counted[False, True]), tuple(wrong))


def ours(pair: Pair) -> bool:
    return likeness(pair.ours, pair.theirs, pair.kind) >= REVIEW


def token_set(pair: Pair, least: float = 85) -> bool:
    """The plain ratio, helped by its own lower-casing and removal of punctuation."""
    return fuzz.token_set_ratio(pair.ours, pair.theirs, processor=utils.default_process) >= least


def main() -> None:
    every = pairs()
    sys.stdout.write(f"{len(every)} pairs, {sum(p.same for p in every)} of the same subject\n")
    outcome = measured(ours)
    sys.stdout.write(f"ours: recall {outcome.recall:.3f}, precision {outcome.precision:.3f}\n")
    for pair in outcome.wrong:
        said = likeness(pair.ours, pair.theirs, pair.kind)
        sys.stdout.write(f"  {'missed' if pair.same else 'wrong'} ({pair.rule}) {said}: {pair.ours} | {pair.theirs}\n")
    for least in (60, 70, 80, 85, 90, 95):
        outcome = measured(lambda pair, least=least: token_set(pair, least))  # type: ignore[misc]
        sys.stdout.write(
            f"token_set_ratio >= {least}: recall {outcome.recall:.3f}, precision {outcome.precision:.3f}\n"
        )


if __name__ == "__main__":
    main()
