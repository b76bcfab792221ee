-- What was issued, received or declared stays; a later one takes its place beside it.
SELECT make_append_only('shipment_packing');
SELECT make_append_only('trade_document');
SELECT make_append_only('received_document');
SELECT make_append_only('document_set');
