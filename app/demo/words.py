"""What people of the demo world write to each other."""

from orders.milestones import Evidence

ASKED = (
    "We stock this line for retail and would place a first order within the month. Please quote with packing details.",
    "Our customer needs these for a project that starts next quarter. Which lead time can you hold in writing?",
    "We have bought this elsewhere so far and are comparing. Please tell us the certificates that cover this model.",
    "Please quote for the quantity below and for double of it, and say what one carton measures and weighs.",
    "We would like to see one sample before we decide. Are its costs credited against the order?",
)
ANSWERED = (
    "Thank you for your inquiry. 我们可以做，规格书和包装尺寸稍后发给您。 Which port shall we quote to?",
    "您好，这款有现货样品，三天内可以寄出。 The sample is credited against an order above the minimum.",
    "Thank you. The quantity fits one container; we confirm the lead time once the colour is fixed.",
    "感谢询价。证书编号已写在产品页，报告可以随合同提供。 We send the quotation tomorrow.",
)
SPECIFIED = ("As shown on the product page, packed in export cartons.", "As the approved sample, neutral packing.")
NOTES = ("Price holds for this quantity.", "Raw material prices move; please confirm within the validity.")
COUNTERED = ("With repeat orders in mind we need a better price.", "Our budget ends here; the other terms are fine.")
DECLINED = ("本季产能已满，抱歉无法接单。 Our lines are full this season.",)
REJECTED = ("We have decided for a supplier closer to our warehouse.", "The lead time is too long for our season.")
VOID = ("Our customer has stopped the project; we cannot sign this any more.",)
CANCELLED = ("Our import licence was delayed; both of us prefer to call this off.",)
OVERDUE = "The last day of shipment has passed and nobody can tell us on which ship the goods are."
CONTESTED = ("Eleven cartons arrived crushed and part of the goods cannot be sold.",)
REFUSED = ("The goods differ from the approved sample in colour and weight; photographs are attached.",)
COUNTER_SHARE = ("We have seen the pictures and bear the damaged part of the goods.",)
RATED_SUPPLIER = (
    "Goods as agreed, papers complete on the day of loading.",
    "Two days late, but we were told early; the quality is right.",
    "Good packing, and every question was answered the same day.",
)
RATED_BUYER = ("付款及时，沟通顺畅。", "Clear specification, quick acceptance.")
VESSELS = (("Sea Heron", ""), ("Quiet Morning", "9074729"), ("Northern Lantern", ""))
"""Made-up ships; the number is the one by which the IMO explains its check digit."""
CARRIERS = ("Sampan Bay Lines", "Azure Fathom Shipping", "Seven Capes Container Line", "Jade Gull Forwarding")
PAPERS = ("Commercial invoice", "Packing list", "Bill of lading")
"""The documents that travel with each shipment."""
SIGNATORY = {True: "General Manager", False: "Managing Director"}
"""The capacity in which somebody signs, for a seller and for a buyer."""
FINISHED = "The whole quantity, packed; photographs of the pallets attached."
INSPECTORS = "Harbour Light Inspection"
EVIDENCE = {
    Evidence.PRODUCTION_PROOF: "Proof of production",
    Evidence.INSPECTION_REPORT: "Inspection report",
    Evidence.BILL_OF_LADING: "Bill of lading",
}
"""The document that shows each kind of evidence."""
