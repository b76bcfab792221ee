"""What traffic makes of an address, of what a browser says of itself, and of where a link was followed."""

import json

import pytest

from app.core.networks import DATA, Ranges, Table, networks, read
from app.traffic import agents
from app.traffic.sources import Source, source


@pytest.mark.parametrize(
    ("address", "country"),
    [
        ("8.8.8.8", "US"),
        ("114.114.114.114", "CN"),
        ("202.181.224.2", "HK"),
        ("::ffff:114.114.114.114", "CN"),
        ("240e::1", "CN"),
        ("2a00:1450::1%eth0", "IE"),
        ("10.0.0.1", "ZZ"),
        ("127.0.0.1", "ZZ"),
        ("::1", "ZZ"),
        ("0.0.0.0", "ZZ"),  # noqa: S104  nobody listens there
        ("255.255.255.255", "ZZ"),
        ("", "ZZ"),
        ("unix:", "ZZ"),
        ("8.8.8.8, 1.1.1.1", "ZZ"),
    ],
)
def test_a_country_is_that_of_the_registry(address, country):
    assert networks(None).country(address) == country


def test_every_range_is_found_at_both_its_ends():
    """Against the file itself, one line in a hundred."""
    for name, bits in (("country-ipv4.csv", 32), ("country-ipv6.csv", 128)):
        table, shift = read(DATA / name, bits), 64 if bits == 128 else 0
        for line in (DATA / name).read_text().splitlines()[::100]:
            first, last, code = line.split(",")
            assert table.word(int(first) >> shift) == table.word(int(last) >> shift) == code


def test_neighbours_are_put_together_and_gaps_are_not():
    made = Ranges.of(32, [(30, 39, "DE"), (10, 19, "CN"), (20, 29, "CN"), (50, 50, "DE")])
    assert list(made.firsts) == [10, 30, 50]
    assert [made.word(n) for n in (9, 10, 29, 30, 39, 40, 49, 50, 51)] == ["", "CN", "CN", "DE", "DE", "", "", "DE", ""]


def test_an_operator_brings_tables_and_data_centres_of_its_own(tmp_path):
    (tmp_path / "country-ipv4.csv").write_text("16777216,16777471,FR\n")
    (tmp_path / "data-centres.txt").write_text("# ours\n203.0.113.0/24  # a remark\n\n2001:db8:1::/48\n")
    known = networks(tmp_path)
    assert (known.country("1.0.0.1"), known.country("8.8.8.8"), known.country("240e::1")) == ("FR", "ZZ", "CN")
    assert [known.hosted(a) for a in ("203.0.113.255", "203.0.114.0", "2001:db8:1::5", "2001:db8:2::5", "x")] == [
        True, False, True, False, False,
    ]  # fmt: skip
    assert not networks(None).hosted("203.0.113.1")
    (tmp_path / "data-centres.txt").write_text("1.0.0.0/25\n")
    networks.cache_clear()
    known = networks(tmp_path)
    assert [known.whereabouts(a) for a in ("1.0.0.200", "1.0.0.1", "127.0.0.1")] == ["FR", "", ""]


def test_a_data_centre_that_is_no_network_is_refused(tmp_path):
    (tmp_path / "data-centres.txt").write_text("somewhere\n")
    with pytest.raises(ValueError, match="somewhere"):
        networks(tmp_path)


def test_a_missing_table_knows_nothing(tmp_path):
    assert Table(read(tmp_path / "none.csv", 32), read(tmp_path / "none.csv", 128)).word("8.8.8.8") == ""


def test_every_crawler_of_the_list_is_one():
    instances = [said for entry in json.loads((DATA / "crawlers.json").read_bytes()) for said in entry["instances"]]
    assert len(instances) > 1000
    assert [said for said in instances if agents.bot(said) == ""] == []


PEOPLE = (
    "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/130.0.0.0 Safari/537.36",
    "Mozilla/5.0 (Macintosh; Intel Mac OS X 14_6) AppleWebKit/605.1.15 Version/17.6 Safari/605.1.15",
    "Mozilla/5.0 (iPhone; CPU iPhone OS 17_6) AppleWebKit/605.1.15 Version/17.6 Mobile/15E148 Safari/604.1",
    "Mozilla/5.0 (Linux; Android 14; SM-S921B) AppleWebKit/537.36 Chrome/128.0.0.0 Mobile Safari/537.36",
    "Mozilla/5.0 (Linux; Android 13; HUAWEI) AppleWebKit/537.36 Chrome/114 Mobile Safari/537.36 MicroMessenger/8.0.50",
    "Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:131.0) Gecko/20100101 Firefox/131.0",
    "Mozilla/5.0 (Windows NT 10.0) AppleWebKit/537.36 Chrome/120 Safari/537.36 Edg/120.0 360SE",
)


@pytest.mark.parametrize("said", PEOPLE)
def test_people_s_browsers_are_none(said):
    assert agents.bot(said) == ""


@pytest.mark.parametrize(
    ("said", "what"),
    [
        ("", "crawler"),
        ("   ", "crawler"),
        ("curl/8.5", "crawler"),
        ("python-requests/2.32", "crawler"),
        ("Somebot", "crawler"),
        ("Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)", "crawler"),
        ("Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 HeadlessChrome/130.0 Safari/537.36", "headless"),
    ],
)
def test_programs_are_told_from_people(said, what):
    assert agents.bot(said) == what


def test_devices():
    assert [agents.device(said) for said in PEOPLE[:4]] == ["desktop", "desktop", "phone", "phone"]
    assert agents.device("Mozilla/5.0 (iPad; CPU OS 17_6 like Mac OS X) Mobile/15E148") == "tablet"
    assert agents.device("Mozilla/5.0 (Linux; Android 14; SM-X910) Safari/537.36") == "tablet"


@pytest.mark.parametrize(
    ("referer", "query", "told"),
    [
        ("", "", Source()),
        ("http://test:8000/products", "page=2", Source()),
        ("https://www.baidu.com/s?wd=mugs", "", Source("www.baidu.com", channel="search")),
        ("https://news.example:8443/a", "", Source("news.example", channel="referral")),
        ("https://www.google.co.uk/", "gclid=1", Source("www.google.co.uk", channel="paid")),
        ("", "utm_source=Fair%20List&utm_medium=QR", Source("", "fair list", "qr", "", "event")),
        (
            "https://mail.example/",
            "utm_source=news&utm_medium=email&utm_campaign=Autumn+26",
            Source("mail.example", "news", "email", "autumn 26", "mail"),
        ),
        ("", "utm_source=bing&utm_medium=cpc", Source("", "bing", "cpc", "", "paid")),
        ("", "utm_source=partner", Source("", "partner", "", "", "referral")),
        ("", "utm_source=a&utm_source=b", Source("", "a", "", "", "referral")),
        ("", "utm_source=li.wei%40example.com", Source("", "li.weiexample.com", "", "", "referral")),
        ("", "utm_source=%00%1b<script>", Source("", "script", "", "", "referral")),
        ("", "utm_source=" + "x" * 500, Source("", "x" * 60, "", "", "referral")),
        ("http://[broken", "utm_source=%ff", Source()),
        ("https://evil.example\n/x", "&".join("utm_source=a" for _ in range(99)), None),
        ("https://" + "a" * 300 + ".example/", "", Source()),
        ("android-app://com.example", "", Source("com.example", channel="referral")),
        ("javascript:alert(1)", "", Source()),
    ],
)
def test_where_a_visit_comes_from(referer, query, told):
    found = source(referer, query, own="test:8000")
    if told is not None:
        assert found == told
    assert len(found.referrer) <= 100
    assert len(found.source) <= 60
