"""Addresses of negotiation."""

from orders.negotiation.web.inquiries import router as inquiries
from orders.negotiation.web.letters import door
from orders.negotiation.web.letters import router as letters
from orders.negotiation.web.quotations import router as quotations
from orders.negotiation.web.rfqs import router as rfqs

routers = (inquiries, letters, door, quotations, rfqs)
