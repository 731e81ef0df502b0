import sqlalchemy as sa
from alembic import op

revision = "3f2a"
down_revision = None


def upgrade():
    op.create_table("readings", sa.Column("id", sa.BigInteger, primary_key=True), sa.Column("value", sa.Float))
