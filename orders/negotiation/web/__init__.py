"""Addresses of negotiation."""

from orders.negotiation.web.inquiries import router as inquiries
from orders.negotiation.web.quotations import router as quotations
from orders.negotiation.web.rfqs import router as rfqs

routers = (inquiries, quotations, rfqs)
