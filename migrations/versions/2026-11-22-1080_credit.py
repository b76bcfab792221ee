"""credit files, links between companies, answers to ratings"""

from alembic import op
import sqlalchemy as sa
from sqlalchemy.dialects import postgresql

from app.migrations import script

revision = "e250c4ed17f1"
down_revision = "d4a7e0c95b31"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table('credit_entry',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('organisation_id', sa.Uuid(), nullable=False),
    sa.Column('source', sa.String(length=100), nullable=False),
    sa.Column('kind', sa.String(length=30), nullable=False),
    sa.Column('at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('other_id', sa.Uuid(), nullable=True),
    sa.Column('facts', postgresql.JSONB(astext_type=sa.Text()), nullable=False),
    sa.Column('made_by', sa.Uuid(), nullable=True),
    sa.Column('corrects', sa.Uuid(), nullable=True),
    sa.Column('entered_at', sa.DateTime(timezone=True), nullable=False),
    sa.CheckConstraint("(kind = 'correction') = (corrects IS NOT NULL)", name=op.f('ck_credit_entry_correction')),
    sa.CheckConstraint('other_id <> organisation_id', name=op.f('ck_credit_entry_other')),
    sa.ForeignKeyConstraint(['corrects'], ['credit_entry.id'], name=op.f('fk_credit_entry_corrects'), ondelete='RESTRICT'),
    sa.ForeignKeyConstraint(['made_by'], ['member.id'], name=op.f('fk_credit_entry_made_by'), ondelete='RESTRICT'),
    sa.ForeignKeyConstraint(['organisation_id'], ['organisation.id'], name=op.f('fk_credit_entry_organisation_id'), ondelete='RESTRICT'),
    sa.ForeignKeyConstraint(['other_id'], ['organisation.id'], name=op.f('fk_credit_entry_other_id'), ondelete='RESTRICT'),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_credit_entry')),
    sa.UniqueConstraint('corrects', name=op.f('uq_credit_entry_corrects')),
    sa.UniqueConstraint('organisation_id', 'source', name=op.f('uq_credit_entry_organisation_id_source'))
    )
    op.create_index('ix_credit_entry_organisation', 'credit_entry', ['organisation_id', 'at', 'id'], unique=False)
    op.create_index('ix_credit_entry_other', 'credit_entry', ['organisation_id', 'other_id'], unique=False, postgresql_where=sa.text('other_id IS NOT NULL'))
    op.create_table('party_link',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('a_id', sa.Uuid(), nullable=False),
    sa.Column('b_id', sa.Uuid(), nullable=False),
    sa.Column('reasons', postgresql.ARRAY(sa.String(length=20)), nullable=False),
    sa.Column('strong', sa.Boolean(), nullable=False),
    sa.Column('state', sa.String(length=20), nullable=False),
    sa.Column('found_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('decided_by', sa.Uuid(), nullable=True),
    sa.Column('decided_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('words', sa.Text(), nullable=False),
    sa.CheckConstraint("(state = 'found') = (decided_by IS NULL) AND (decided_by IS NULL) = (decided_at IS NULL) AND (decided_by IS NULL) = (words = '')", name=op.f('ck_party_link_decided')),
    sa.CheckConstraint('a_id < b_id', name=op.f('ck_party_link_order')),
    sa.CheckConstraint('cardinality(reasons) > 0', name=op.f('ck_party_link_reasons')),
    sa.ForeignKeyConstraint(['a_id'], ['organisation.id'], name=op.f('fk_party_link_a_id'), ondelete='RESTRICT'),
    sa.ForeignKeyConstraint(['b_id'], ['organisation.id'], name=op.f('fk_party_link_b_id'), ondelete='RESTRICT'),
    sa.ForeignKeyConstraint(['decided_by'], ['member.id'], name=op.f('fk_party_link_decided_by'), ondelete='RESTRICT'),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_party_link')),
    sa.UniqueConstraint('a_id', 'b_id', name=op.f('uq_party_link_a_id_b_id'))
    )
    op.create_index('ix_party_link_b', 'party_link', ['b_id'], unique=False)
    op.create_index('ix_party_link_state', 'party_link', ['state', 'id'], unique=False)
    op.create_table('credit_appeal',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('entry_id', sa.Uuid(), nullable=False),
    sa.Column('organisation_id', sa.Uuid(), nullable=False),
    sa.Column('filed_by', sa.Uuid(), nullable=False),
    sa.Column('text', sa.Text(), nullable=False),
    sa.Column('state', sa.String(length=20), nullable=False),
    sa.Column('filed_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('due_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('decided_by', sa.Uuid(), nullable=True),
    sa.Column('decided_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('outcome', sa.Text(), nullable=False),
    sa.CheckConstraint("(state = 'filed') = (decided_by IS NULL) AND (state = 'filed') = (decided_at IS NULL) AND (state = 'filed') = (outcome = '')", name=op.f('ck_credit_appeal_decided')),
    sa.ForeignKeyConstraint(['decided_by'], ['member.id'], name=op.f('fk_credit_appeal_decided_by'), ondelete='RESTRICT'),
    sa.ForeignKeyConstraint(['entry_id'], ['credit_entry.id'], name=op.f('fk_credit_appeal_entry_id'), ondelete='RESTRICT'),
    sa.ForeignKeyConstraint(['filed_by'], ['member.id'], name=op.f('fk_credit_appeal_filed_by'), ondelete='RESTRICT'),
    sa.ForeignKeyConstraint(['organisation_id'], ['organisation.id'], name=op.f('fk_credit_appeal_organisation_id'), ondelete='RESTRICT'),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_credit_appeal')),
    sa.UniqueConstraint('entry_id', name=op.f('uq_credit_appeal_entry_id'))
    )
    op.create_index('ix_credit_appeal_organisation', 'credit_appeal', ['organisation_id', 'id'], unique=False)
    op.create_table('credit_export',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('organisation_id', sa.Uuid(), nullable=False),
    sa.Column('asked_by', sa.Uuid(), nullable=False),
    sa.Column('asked_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('made_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('content', sa.LargeBinary(), nullable=True),
    sa.Column('pdf', sa.LargeBinary(), nullable=True),
    sa.Column('content_hash', sa.String(length=64), nullable=False),
    sa.Column('pdf_hash', sa.String(length=64), nullable=False),
    sa.CheckConstraint("(made_at IS NULL) = (content_hash = '') AND (made_at IS NULL) = (pdf_hash = '') AND (content IS NULL) = (pdf IS NULL)", name=op.f('ck_credit_export_made')),
    sa.ForeignKeyConstraint(['asked_by'], ['member.id'], name=op.f('fk_credit_export_asked_by'), ondelete='RESTRICT'),
    sa.ForeignKeyConstraint(['organisation_id'], ['organisation.id'], name=op.f('fk_credit_export_organisation_id'), ondelete='RESTRICT'),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_credit_export'))
    )
    op.create_index('ix_credit_export_organisation', 'credit_export', ['organisation_id', 'id'], unique=False)
    op.create_index('uq_credit_export_content', 'credit_export', ['content_hash'], unique=True, postgresql_where=sa.text("content_hash <> ''"))
    op.create_index('uq_credit_export_pdf', 'credit_export', ['pdf_hash'], unique=True, postgresql_where=sa.text("pdf_hash <> ''"))
    op.create_table('rating_answer',
    sa.Column('rating_id', sa.Uuid(), nullable=False),
    sa.Column('member_id', sa.Uuid(), nullable=False),
    sa.Column('text', sa.Text(), nullable=False),
    sa.Column('at', sa.DateTime(timezone=True), nullable=False),
    sa.ForeignKeyConstraint(['member_id'], ['member.id'], name=op.f('fk_rating_answer_member_id'), ondelete='RESTRICT'),
    sa.ForeignKeyConstraint(['rating_id'], ['rating.id'], name=op.f('fk_rating_answer_rating_id'), ondelete='RESTRICT'),
    sa.PrimaryKeyConstraint('rating_id', name=op.f('pk_rating_answer'))
    )
    op.create_table('rating_withholding',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('rating_id', sa.Uuid(), nullable=False),
    sa.Column('withheld', sa.Boolean(), nullable=False),
    sa.Column('basis', sa.String(length=30), nullable=False),
    sa.Column('reference', sa.String(length=200), nullable=False),
    sa.Column('reason', sa.Text(), nullable=False),
    sa.Column('decided_by', sa.Uuid(), nullable=False),
    sa.Column('at', sa.DateTime(timezone=True), nullable=False),
    sa.CheckConstraint("withheld = (basis <> '') AND reason <> ''", name=op.f('ck_rating_withholding_basis')),
    sa.ForeignKeyConstraint(['decided_by'], ['member.id'], name=op.f('fk_rating_withholding_decided_by'), ondelete='RESTRICT'),
    sa.ForeignKeyConstraint(['rating_id'], ['rating.id'], name=op.f('fk_rating_withholding_rating_id'), ondelete='RESTRICT'),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_rating_withholding'))
    )
    op.create_index('ix_rating_withholding_rating', 'rating_withholding', ['rating_id', 'id'], unique=False)
    script(op.get_bind(), "250_credit.sql")


def downgrade() -> None:
    for trigger in ("rating_of_a_deal", "append_only", "append_only_truncate"):
        op.execute(f"DROP TRIGGER {trigger} ON rating")
    op.execute("GRANT UPDATE, DELETE, TRUNCATE ON rating TO portolan_app")
    for table in (
        "rating_withholding",
        "rating_answer",
        "credit_export",
        "credit_appeal",
        "party_link",
        "credit_entry",
    ):
        op.drop_table(table)
    for function in (
        "counter_entry",
        "keep_credit_appeal",
        "keep_party_link",
        "keep_credit_export",
        "rating_of_a_deal",
    ):
        op.execute(f"DROP FUNCTION {function}()")
