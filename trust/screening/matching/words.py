"""Words that say little or much in a name: company forms, words of the trade, places, spellings of one given name.

Company forms of most countries come from `rigour`; here stands what it leaves. Chinese words of the trade stand with
the English ones under which the same companies are known abroad.
"""


def _words(said: str) -> frozenset[str]:
    return frozenset(said.split())


FORMS = _words("""
    company companies limited ltd co corp corporation inc incorporated llc llp lp plc pte pvt private public sdn
    bhd gmbh kg ag sa sas sarl srl spa sl bv nv oy oyj ab as aps kft zrt doo dd ad jsc pjsc cjsc ojsc ooo oao
    zao pao ao too tov fze fzco fzc fz wll psc pt tbk cv ltda eirl est enterprise gesellschaft mbh beschrankter
    haftung obshchestvo ogranichennoy otvetstvennostyu aktsionernoe aktsionernoye publichnoe publichnoye
    zakrytoe otkrytoe
""")
"""Legal forms, once in Latin letters."""
FILLERS = _words("the and of no nr al el for de la le du von van s o y i m messrs mr mrs ms dr")
HAN_FORMS = (
    "股份有限公司", "有限责任公司", "有限責任公司", "有限公司", "责任公司", "責任公司", "公司", "株式会社", "合伙企业",
    "有限合伙",
)  # fmt: skip
ARABIC_FORMS = ("ذات مسؤولية محدودة", "المحدودة", "المساهمة", "شركة", "مؤسسة", "ذ.م.م", "ش.م.م", "م.م.ح")
ARABIC_TRADE = {
    "للتجارة": "trading", "التجارية": "trading", "التجارة": "trading", "الدولية": "international",
    "للصناعة": "industrial", "للشحن": "shipping", "للملاحة": "shipping", "القابضة": "holding", "مجموعة": "group",
    "للاستيراد والتصدير": "import export", "والتصدير": "export", "للاستيراد": "import",
}  # fmt: skip
HAN_TRADE = {
    "进出口": "import export", "贸易": "trading", "国际": "international", "科技": "technology", "技术": "technology",
    "实业": "industrial", "工业": "industrial", "航运": "shipping", "海运": "shipping", "船务": "shipping",
    "电子": "electronics", "石油": "petroleum", "化工": "chemical", "石化": "petrochemical", "集团": "group",
    "控股": "holding", "投资": "investment", "物流": "logistics", "机械": "machinery", "能源": "energy",
    "建设": "construction", "银行": "bank", "发展": "development", "服务": "services", "工厂": "factory",
    "纺织": "textile", "食品": "food", "材料": "materials", "矿业": "mining", "钢铁": "steel",
}  # fmt: skip
"""Simplified characters; longer ones first, for they are looked for in this order."""
TRADE = frozenset(word for said in HAN_TRADE.values() for word in said.split()) | _words("""
    trade trader imports exports technologies tech industries industry groups holdings general global worldwide
    enterprises business commercial commerce products goods solutions systems engineering agency manufacturing
    manufacturer factory plant works mill partners associates
""")
"""Words that many companies have in their names, and that tell one from the other only a little."""
SAME = {
    "trade": "trading", "traders": "trading", "trader": "trading", "technologies": "technology", "tech": "technology",
    "industries": "industrial", "industry": "industrial", "holdings": "holding", "imports": "import",
    "exports": "export", "intl": "international", "int": "international", "mfg": "manufacturing",
    "eng": "engineering", "ind": "industrial", "electronic": "electronics", "chemicals": "chemical",
    "bros": "brothers", "st": "saint", "torgovlya": "trading", "torgovyy": "trading",
    "mezhdunarodnaya": "international", "gruppa": "group", "kompaniya": "company", "impeks": "impex",
}  # fmt: skip
HAN_PLACES = (
    "北京", "上海", "广州", "深圳", "天津", "重庆", "成都", "武汉", "杭州", "南京", "苏州", "宁波", "青岛", "大连",
    "厦门", "福州", "泉州", "温州", "义乌", "东莞", "佛山", "中山", "珠海", "无锡", "常州", "合肥", "济南", "烟台",
    "沈阳", "长沙", "郑州", "西安", "昆明", "哈尔滨", "石家庄", "南昌", "南宁", "海口", "贵阳", "兰州", "丹东",
    "香港", "澳门", "台北",
)  # fmt: skip
PLACES = _words("""
    beijing shanghai guangzhou shenzhen tianjin chongqing chengdu wuhan hangzhou nanjing suzhou ningbo qingdao
    dalian xiamen fuzhou quanzhou wenzhou yiwu dongguan foshan zhongshan zhuhai wuxi changzhou hefei jinan
    yantai shenyang changsha zhengzhou xian kunming haerbin harbin shijiazhuang nanchang nanning haikou guiyang
    lanzhou dandong hongkong aomen macau taibei taipei singapore dubai sharjah ajman istanbul ankara izmir
    mersin moscow moskva petersburg kazan minsk kiev kyiv odessa tehran isfahan shiraz tabriz damascus aleppo
    homs beirut tripoli benghazi baghdad basra mosul kabul kandahar karachi lahore mumbai delhi london hamburg
    berlin paris geneva zurich milan madrid rotterdam antwerp vienna athens nicosia limassol caracas havana
    managua yangon pyongyang seoul tokyo osaka hanoi bangkok jakarta manila lagos nairobi khartoum
""")
"""Two names that are otherwise the same, of two of these, are two companies."""
PLACE_SAME = {"xianggang": "hongkong", "moskva": "moscow", "haerbin": "harbin", "aomen": "macau", "kyiv": "kiev"}
PARTICLES = _words("""
    al el ul as ash ad ar an abd abu bin ben ibn bint de da dos del della van von der den ter
""")
"""Parts of personal names that are as often written as left out, or joined to the next."""
GIVEN = {
    spelling: spellings.split()[0]
    for spellings in (
        "mohammed muhammad mohamed mohammad muhammed mohamad muhamad mohd mukhammad magomed mhmd",
        "ahmed ahmad akhmed akhmad",
        "hussein husayn hussain husain hossein hosein khusein",
        "hassan hasan khasan",
        "yusuf youssef yousef yousuf yusef yusif iosif",
        "omar umar",
        "osama usama",
        "abdullah abdulla abdallah abdollah abdulah",
        "mahmoud mahmud mahmood makhmud",
        "mustafa mostafa moustafa mustapha",
        "ibrahim ebrahim ibragim",
        "khalid khaled",
        "said saeed sayid saied",
        "sergey sergei serguei sergej",
        "alexander aleksandr alexandr aleksander oleksandr",
        "alexey aleksey alexei aleksei alexej",
        "dmitry dmitri dmitriy dimitri dmitrij",
        "yuri yuriy yury iurii jurij",
        "andrey andrei andrej",
        "evgeny evgeni evgeniy yevgeny yevgeniy yevgeni",
        "mikhail michail mihail",
        "nikolay nikolai nikolaj",
        "vladimir wladimir volodymyr",
        "vasily vasiliy vasili vassily",
        "kim gim",
        "lee yi rhee",
        "park pak bak",
        "choi choe",
    )
    for spelling in spellings.split()
}
"""How one given name or surname is spelled in Latin letters, to the spelling it's compared under."""
SURNAMES = {
    "单": "shan", "曾": "zeng", "解": "xie", "仇": "qiu", "查": "zha", "区": "ou", "任": "ren", "朴": "piao",
    "盖": "ge", "尉": "wei", "乐": "yue", "洗": "xian", "缪": "miao", "宓": "mi", "翟": "zhai", "种": "chong",
    "秘": "bi", "召": "shao", "折": "she", "繁": "po", "晁": "chao", "员": "yun", "万": "wan", "覃": "qin",
}  # fmt: skip
"""Characters that are read otherwise as a surname (GB/T 28039-2011 leaves it to usage)."""
DOUBLE_SURNAMES = _words("欧阳 司马 上官 诸葛 东方 皇甫 尉迟 公孙 慕容 长孙 宇文 司徒 令狐 端木 夏侯 西门 南宫")
