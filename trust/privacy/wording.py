"""What the register of purposes says in both languages: title, why, which data, of whom, who gets it, what leaves.

Whoever changes a word here changes what people agree to: add a version in `trust.privacy.purposes` instead.
"""

Pair = tuple[str, str]
_STAFF: Pair = ("Nobody outside the platform.", "不提供给平台以外的任何人。")
_PARTNER: Pair = (
    "The company you trade with, and whoever must decide about a dispute.",
    "您的交易对方，以及须对争议作出裁决的机构。",
)
_ABROAD: Pair = (
    "When the other company is in another country, it reads there what you write to it; the contract needs that.",
    "交易对方在境外时，会在当地看到您发给对方的内容；这是履行合同所必需的。",
)
_STAYS: Pair = ("Nothing goes abroad for this.", "不因此向境外提供。")

TEXTS: dict[str, tuple[Pair, Pair, Pair, Pair, Pair, Pair]] = {
    "account": (
        ("Your account", "您的账户"),
        (
            "To know who acts for a company, to let you in, and to write to you about your work here.",
            "识别谁代表企业行事，供您登录，并就您在平台上的业务与您联系。",
        ),
        (
            "Name, e-mail address, roles, language, time zone; telephone of the company.",
            "姓名、电子邮箱、角色、语言、时区；企业电话。",
        ),
        ("People who act for a company.", "代表企业行事的人员。"),
        ("Your colleagues; companies you deal with see your name.", "您的同事；与您往来的企业可看到您的姓名。"),
        _ABROAD,
    ),
    "deals": (
        ("Deals", "交易"),
        (
            "To negotiate, sign, carry out and prove contracts.",
            "用于磋商、签署、履行合同并留存证据。",
        ),
        (
            "What you write, offer, sign and upload; your name under it.",
            "您撰写、报价、签署和上传的内容，以及其上的姓名。",
        ),
        (
            "People who act for the two companies, and whom their papers name.",
            "双方企业的经办人员，以及单证中载明的人员。",
        ),
        _PARTNER,
        _ABROAD,
    ),
    "payments": (
        ("Payments and books", "支付与账簿"),
        ("To take, hold and pay out money, and to keep books of it.", "收取、保管、支付款项并依法记账。"),
        (
            "Account holder and masked number, names on transfers, who approved what.",
            "账户户名与掩码账号、转账中的姓名、审批人员。",
        ),
        ("People who pay or are paid, and who approve it.", "付款人、收款人及审批人员。"),
        (
            "Banks and the payment provider; tax authorities where the law says so.",
            "银行与支付机构；依法提供给税务机关。",
        ),
        (
            "The bank or payment provider of the country to which money goes gets what a transfer needs.",
            "款项汇往的国家或地区的银行或支付机构会获得汇款所必需的信息。",
        ),
    ),
    "verification": (
        ("Who a company is", "企业身份核验"),
        ("To check that a company exists and who may act for it.", "核实企业真实存在以及何人有权代表企业。"),
        (
            "Names of legal representative, owners and signatories; documents.",
            "法定代表人、股东、签署人的姓名；证明文件。",
        ),
        ("Legal representatives, owners, signatories.", "法定代表人、股东、签署人。"),
        ("Market regulators, twice a year, as the law says.", "依法每半年报送市场监督管理部门。"),
        _STAYS,
    ),
    "screening": (
        ("Sanctions and export control", "制裁筛查与出口管制"),
        (
            "To trade with nobody and in nothing that the law forbids.",
            "确保不与法律禁止的对象、不就法律禁止的货物进行交易。",
        ),
        ("Names, countries and roles, compared with public lists.", "姓名、国家或地区及职务，与公开名单比对。"),
        ("Owners, representatives, end users.", "股东、代表人、最终用户。"),
        ("The authority in charge, where a report is due.", "依法应报告时，提供给主管机关。"),
        _STAYS,
    ),
    "security": (
        ("Security", "安全"),
        (
            "To keep strangers out of accounts, to find fraud, and to know who looked at what.",
            "防止他人冒用账户，发现欺诈，并记录何人查看过何种信息。",
        ),
        (
            "Addresses and browsers of sign-ins, findings of rules of risk, logs.",
            "登录地址与浏览器、风控规则的命中记录、日志。",
        ),
        ("Everybody who uses the platform.", "所有使用平台的人员。"),
        _STAFF,
        _STAYS,
    ),
    "incidents": (
        ("Incidents", "安全事件"),
        (
            "To handle incidents that touch data, and to tell authorities and those concerned in time.",
            "处置涉及数据的安全事件，并及时告知主管部门和受影响的人员。",
        ),
        (
            "What happened, in the words of our staff; whom we told, and when.",
            "由平台人员记录的事件经过；告知的对象与时间。",
        ),
        ("Staff who report and handle; whoever the incident touches.", "报告和处置事件的平台人员；受事件影响的人员。"),
        ("Authorities that the law says must be told.", "法律规定应当报告的主管部门。"),
        _STAYS,
    ),
    "authorities": (
        ("Requests of authorities", "主管机关的调取要求"),
        (
            "To give authorities what the law says they may ask for, and no more.",
            "依法向主管机关提供其有权要求的数据，且不超出要求的范围。",
        ),
        (
            "Which authority asked for what about whom, its letter, and what it was given.",
            "主管机关要求的内容与对象、其文书，以及向其提供的数据。",
        ),
        ("Companies and people that an authority asks about.", "主管机关要求调取所涉及的企业与个人。"),
        ("The authority that asks, after two people have checked.", "经两名人员核对后，提供给提出要求的主管机关。"),
        (
            "A foreign court or authority gets nothing without the approval of the competent Chinese authority.",
            "未经中国主管机关批准，不向外国司法或者执法机构提供。",
        ),
    ),
    "cases": (
        ("Complaints, rights and measures", "投诉、知识产权与处置"),
        (
            "To hear both sides, decide with reasons, and let decisions be appealed.",
            "听取双方意见，说明理由作出决定，并允许申诉。",
        ),
        ("What was said and shown; how to reach who said it.", "陈述与举证内容；陈述人的联系方式。"),
        (
            "Complainants, reporters, right holders, and those against whom they turn.",
            "投诉人、举报人、权利人及被投诉方。",
        ),
        _PARTNER,
        _ABROAD,
    ),
    "reputation": (
        ("Ratings and credit files", "评价与信用档案"),
        ("So that companies can tell whom they deal with.", "便于企业了解交易对方。"),
        ("What was said in a rating; who answered it.", "评价内容及回复人。"),
        ("People who rate or answer for a company.", "代表企业评价或回复的人员。"),
        ("Everybody: ratings are public, without the name of who wrote them.", "公开展示评价，但不显示撰写人姓名。"),
        _ABROAD,
    ),
    "listings": (
        ("Products", "商品"),
        ("To show and find products.", "展示与查找商品。"),
        ("Who saved a product, and what a listing says.", "商品的保存人及商品信息内容。"),
        ("People who list products.", "发布商品的人员。"),
        ("Everybody reads what is published.", "已发布内容公开可见。"),
        _ABROAD,
    ),
    "rules": (
        ("Rules of the platform", "平台规则"),
        (
            "To publish rules, hear what people say of changes, and prove who accepted which.",
            "公示规则、征求意见，并证明何人接受了何种版本。",
        ),
        ("Comments with the name given; who accepted an agreement and when.", "意见及署名；接受协议的人员与时间。"),
        ("Commentators; people who accept for a company.", "提出意见的人员；代表企业接受协议的人员。"),
        ("Everybody reads comments that were answered.", "已答复的意见公开可见。"),
        _STAYS,
    ),
    "requests": (
        ("Requests about your data, and consents", "个人信息请求与同意记录"),
        (
            "To answer you, and to prove that we did and what you agreed to.",
            "答复您的请求，并证明已答复以及您同意的内容。",
        ),
        ("Your address and words, our answer, your consents.", "您的邮箱与陈述、我们的答复、您的同意记录。"),
        ("People who ask or agreed.", "提出请求或作出同意的人员。"),
        ("The data protection authority, if it asks.", "个人信息保护主管部门依法要求时提供。"),
        _STAYS,
    ),
    "traffic": (
        ("Counting page views", "访问量统计"),
        (
            "To know how many people look at which pages and from which countries, which the authority asks a platform"
            " for, and to leave programs out of it. No cookie, no profile, no advertising.",
            "统计各页面的访问人数及来源国家或地区（主管部门要求平台提供），并剔除机器访问。"
            "不使用 Cookie，不做画像，不用于广告。",
        ),
        (
            "Page, moment, country, kind of device, the site or link you came by. Instead of your address a mark of it"
            " under a random number that is destroyed each day; if you are signed in, a mark of your account.",
            "页面、时间、国家或地区、设备类型、来源网站或链接。不保存您的地址，只保存其标记，所用随机数每天销毁；"
            "登录后为您账户的标记。",
        ),
        ("Everybody who opens a page.", "所有打开页面的人员。"),
        ("Nobody gets it; counts of many people are reported.", "不提供给任何人；仅报送汇总数字。"),
        _STAYS,
    ),
    "storefront_contact": (
        ("Your name on your company's public page", "在企业公开页面显示您的姓名"),
        (
            "Buyers see whom to ask for. Without your consent the page names nobody.",
            "买家可以知道联系谁。未经您同意，页面不显示任何人的姓名。",
        ),
        ("Your name.", "您的姓名。"),
        ("You.", "您本人。"),
        ("Everybody: the page is public (PIPL art. 25).", "公开展示（《个人信息保护法》第二十五条）。"),
        ("The page can be read from every country.", "该页面可在任何国家或地区访问。"),
    ),
    "identity_documents": (
        ("Identity documents you hand in", "您提交的身份证明文件"),
        (
            "To prove to us who represents and owns the company. If they leaked, others could pass for the people they"
            " name; so they lie sealed, and each look at them is on record.",
            "用于证明何人代表和持有企业。一旦泄露，他人可能冒充文件所载人员；因此文件加密保存，每次查看均有记录。",
        ),
        (
            "Documents and names of legal representative, owners and signatories.",
            "法定代表人、股东、签署人的姓名及证件。",
        ),
        ("The people the documents name; you say that you may hand them in.", "文件所载人员；您声明有权提交。"),
        ("Market regulators, as the law says.", "依法报送市场监督管理部门。"),
        _STAYS,
    ),
    "bank_account": (
        ("Bank accounts you hand in", "您提交的银行账户"),
        (
            "To pay your company. If the number leaked, somebody could send false debits or lead payers astray; so it"
            " lies sealed, and each look at it is on record.",
            "用于向贵企业付款。账号一旦泄露，可能被用于虚假扣款或误导付款人；因此加密保存，每次查看均有记录。",
        ),
        ("Holder, bank and number of the account.", "账户户名、开户行与账号。"),
        (
            "The company, and its owner where it trades in a person's own name.",
            "企业；以个人名义经营的，为经营者本人。",
        ),
        ("The bank that carries out the transfer.", "执行汇款的银行。"),
        (
            "The bank of the account gets the transfer in the country where it is.",
            "收款账户所在国家或地区的银行会收到汇款信息。",
        ),
    ),
}
