"""Certification of environmental-education personnel"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0022"
down_revision = "0021"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table('certification_announcement',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('school_id', sa.Integer(), nullable=False),
    sa.Column('area', sa.String(length=20), nullable=False),
    sa.Column('title', sa.String(length=120), nullable=False),
    sa.Column('body', sa.Text(), nullable=False),
    sa.Column('link', sa.String(length=300), nullable=False),
    sa.Column('shown_on', sa.Date(), nullable=False),
    sa.Column('ended_on', sa.Date(), nullable=True),
    sa.Column('changed_at', sa.DateTime(), nullable=False),
    sa.ForeignKeyConstraint(['school_id'], ['school.id'], name=op.f('fk_certification_announcement_school_id_school')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_certification_announcement'))
    )
    with op.batch_alter_table('certification_announcement', schema=None) as batch_op:
        batch_op.create_index('ix_certification_announcement_list', ['school_id', 'area', 'shown_on', 'id'], unique=False)

    op.create_table('certification_bank_mapping',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('school_id', sa.Integer(), nullable=False),
    sa.Column('name', sa.String(length=60), nullable=False),
    sa.Column('columns', sa.Text(), nullable=False),
    sa.Column('changed_at', sa.DateTime(), nullable=False),
    sa.ForeignKeyConstraint(['school_id'], ['school.id'], name=op.f('fk_certification_bank_mapping_school_id_school')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_certification_bank_mapping')),
    sa.UniqueConstraint('school_id', 'name', name=op.f('uq_certification_bank_mapping_school_id_name'))
    )
    op.create_table('certification_counter',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('school_id', sa.Integer(), nullable=False),
    sa.Column('series', sa.String(length=20), nullable=False),
    sa.Column('year', sa.Integer(), nullable=False),
    sa.Column('last', sa.Integer(), nullable=False),
    sa.ForeignKeyConstraint(['school_id'], ['school.id'], name=op.f('fk_certification_counter_school_id_school')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_certification_counter')),
    sa.UniqueConstraint('school_id', 'series', 'year', name=op.f('uq_certification_counter_school_id_series_year'))
    )
    op.create_table('certification_entry_code',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('school_id', sa.Integer(), nullable=False),
    sa.Column('whom_digest', sa.String(length=64), nullable=False),
    sa.Column('code_digest', sa.String(length=64), nullable=False),
    sa.Column('held', sa.Text(), nullable=False),
    sa.Column('sent_at', sa.DateTime(), nullable=False),
    sa.Column('expires_at', sa.DateTime(), nullable=False),
    sa.Column('tries', sa.Integer(), nullable=False),
    sa.Column('used_at', sa.DateTime(), nullable=True),
    sa.ForeignKeyConstraint(['school_id'], ['school.id'], name=op.f('fk_certification_entry_code_school_id_school')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_certification_entry_code'))
    )
    with op.batch_alter_table('certification_entry_code', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_certification_entry_code_expires_at'), ['expires_at'], unique=False)
        batch_op.create_index('ix_certification_entry_code_whom', ['school_id', 'whom_digest', 'id'], unique=False)

    op.create_table('certification_case',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('school_id', sa.Integer(), nullable=False),
    sa.Column('number', sa.String(length=40), nullable=False),
    sa.Column('mode', sa.Enum('OFFICE', 'SCHOOL', name='mode', native_enum=False, length=20), nullable=False),
    sa.Column('kind', sa.Enum('NEW', 'RENEWAL', name='casekind', native_enum=False, length=20), nullable=False),
    sa.Column('category', sa.Enum('ADMINISTRATIVE', 'TEACHING', 'BOTH', name='category', native_enum=False, length=20), nullable=False),
    sa.Column('path', sa.Enum('EDUCATION', 'EXPERIENCE', 'EXPERTISE', 'RECOMMENDED', 'EXAMINATION', 'TRAINING', name='path', native_enum=False, length=20), nullable=False),
    sa.Column('state', sa.Enum('DRAFT', 'RECEIVED', 'PROCEDURAL', 'CORRECTION', 'FEE_DUE', 'FEE_CLAIMED', 'REVIEW', 'ORAL', 'CERTIFIED', 'REFUSED', 'WITHDRAWN', 'REVOKED', 'ANNULLED', 'PREPARED', 'FILED', name='casestate', native_enum=False, length=20), nullable=False),
    sa.Column('returns_to', sa.Enum('DRAFT', 'RECEIVED', 'PROCEDURAL', 'CORRECTION', 'FEE_DUE', 'FEE_CLAIMED', 'REVIEW', 'ORAL', 'CERTIFIED', 'REFUSED', 'WITHDRAWN', 'REVOKED', 'ANNULLED', 'PREPARED', 'FILED', name='casestate', native_enum=False, length=20), nullable=True),
    sa.Column('applicant_id', sa.Integer(), nullable=False),
    sa.Column('name', sa.Text(), nullable=False),
    sa.Column('national_id_digest', sa.String(length=64), nullable=False),
    sa.Column('email', sa.Text(), nullable=False),
    sa.Column('organisation_code', sa.String(length=16), nullable=False),
    sa.Column('organisation', sa.String(length=120), nullable=False),
    sa.Column('designated', sa.Boolean(), nullable=False),
    sa.Column('publish', sa.Boolean(), nullable=False),
    sa.Column('fee_lapsed', sa.Boolean(), nullable=False),
    sa.Column('refusal', sa.String(length=30), nullable=False),
    sa.Column('created_at', sa.DateTime(), nullable=False),
    sa.Column('confirmed_at', sa.DateTime(), nullable=True),
    sa.Column('decided_at', sa.DateTime(), nullable=True),
    sa.Column('warned_at', sa.DateTime(), nullable=True),
    sa.ForeignKeyConstraint(['applicant_id'], ['person.id'], name=op.f('fk_certification_case_applicant_id_person')),
    sa.ForeignKeyConstraint(['school_id'], ['school.id'], name=op.f('fk_certification_case_school_id_school')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_certification_case')),
    sa.UniqueConstraint('school_id', 'number', name=op.f('uq_certification_case_school_id_number'))
    )
    with op.batch_alter_table('certification_case', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_certification_case_confirmed_at'), ['confirmed_at'], unique=False)
        batch_op.create_index('ix_certification_case_own', ['applicant_id', 'id'], unique=False)
        batch_op.create_index('ix_certification_case_queue', ['school_id', 'state', 'id'], unique=False)
        batch_op.create_index('ix_certification_case_who', ['school_id', 'national_id_digest'], unique=False)

    op.create_table('certificate',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('school_id', sa.Integer(), nullable=False),
    sa.Column('case_id', sa.Integer(), nullable=False),
    sa.Column('holder_id', sa.Integer(), nullable=False),
    sa.Column('number', sa.String(length=40), nullable=False),
    sa.Column('verification', sa.String(length=32), nullable=False),
    sa.Column('category', sa.Enum('ADMINISTRATIVE', 'TEACHING', 'BOTH', name='category', native_enum=False, length=20), nullable=False),
    sa.Column('path', sa.Enum('EDUCATION', 'EXPERIENCE', 'EXPERTISE', 'RECOMMENDED', 'EXAMINATION', 'TRAINING', name='path', native_enum=False, length=20), nullable=False),
    sa.Column('field', sa.String(length=40), nullable=False),
    sa.Column('name', sa.Text(), nullable=False),
    sa.Column('name_english', sa.Text(), nullable=False),
    sa.Column('email', sa.Text(), nullable=False),
    sa.Column('publish', sa.Boolean(), nullable=False),
    sa.Column('public_name', sa.String(length=60), nullable=True),
    sa.Column('issued_on', sa.Date(), nullable=False),
    sa.Column('expires_on', sa.Date(), nullable=True),
    sa.Column('state', sa.Enum('VALID', 'REVOKED', 'ANNULLED', 'REPLACED', name='certificatestate', native_enum=False, length=20), nullable=False),
    sa.Column('ended_on', sa.Date(), nullable=True),
    sa.Column('ended_words', sa.Text(), nullable=False),
    sa.Column('replaces_id', sa.Integer(), nullable=True),
    sa.Column('file_id', sa.Integer(), nullable=True),
    sa.Column('reminded_for', sa.Date(), nullable=True),
    sa.Column('made_at', sa.DateTime(), nullable=False),
    sa.ForeignKeyConstraint(['case_id'], ['certification_case.id'], name=op.f('fk_certificate_case_id_certification_case')),
    sa.ForeignKeyConstraint(['file_id'], ['stored_file.id'], name=op.f('fk_certificate_file_id_stored_file')),
    sa.ForeignKeyConstraint(['holder_id'], ['person.id'], name=op.f('fk_certificate_holder_id_person')),
    sa.ForeignKeyConstraint(['replaces_id'], ['certificate.id'], name=op.f('fk_certificate_replaces_id_certificate')),
    sa.ForeignKeyConstraint(['school_id'], ['school.id'], name=op.f('fk_certificate_school_id_school')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_certificate')),
    sa.UniqueConstraint('school_id', 'number', name=op.f('uq_certificate_school_id_number')),
    sa.UniqueConstraint('verification', name=op.f('uq_certificate_verification'))
    )
    with op.batch_alter_table('certificate', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_certificate_case_id'), ['case_id'], unique=False)
        batch_op.create_index('ix_certificate_expiring', ['school_id', 'state', 'expires_on'], unique=False)
        batch_op.create_index(batch_op.f('ix_certificate_holder_id'), ['holder_id'], unique=False)
        batch_op.create_index('ix_certificate_list', ['school_id', 'issued_on', 'id'], unique=False)
        batch_op.create_index(batch_op.f('ix_certificate_public_name'), ['public_name'], unique=False)

    op.create_table('certification_assignment',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('case_id', sa.Integer(), nullable=False),
    sa.Column('reviewer_id', sa.Integer(), nullable=False),
    sa.Column('tie_breaker', sa.Boolean(), nullable=False),
    sa.Column('due_on', sa.Date(), nullable=False),
    sa.Column('assigned_at', sa.DateTime(), nullable=False),
    sa.Column('assigned_by_id', sa.Integer(), nullable=True),
    sa.Column('declared_at', sa.DateTime(), nullable=True),
    sa.Column('conflict', sa.String(length=20), nullable=False),
    sa.Column('conflict_words', sa.Text(), nullable=False),
    sa.Column('ended_at', sa.DateTime(), nullable=True),
    sa.ForeignKeyConstraint(['assigned_by_id'], ['person.id'], name=op.f('fk_certification_assignment_assigned_by_id_person')),
    sa.ForeignKeyConstraint(['case_id'], ['certification_case.id'], name=op.f('fk_certification_assignment_case_id_certification_case')),
    sa.ForeignKeyConstraint(['reviewer_id'], ['person.id'], name=op.f('fk_certification_assignment_reviewer_id_person')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_certification_assignment')),
    sa.UniqueConstraint('case_id', 'reviewer_id', name=op.f('uq_certification_assignment_case_id_reviewer_id'))
    )
    with op.batch_alter_table('certification_assignment', schema=None) as batch_op:
        batch_op.create_index('ix_certification_assignment_own', ['reviewer_id', 'ended_at', 'id'], unique=False)

    op.create_table('certification_bank_import',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('school_id', sa.Integer(), nullable=False),
    sa.Column('file_id', sa.Integer(), nullable=False),
    sa.Column('mapping_id', sa.Integer(), nullable=True),
    sa.Column('rows', sa.Integer(), nullable=False),
    sa.Column('job_id', sa.Integer(), nullable=True),
    sa.Column('made_by_id', sa.Integer(), nullable=True),
    sa.Column('made_at', sa.DateTime(), nullable=False),
    sa.Column('finished_at', sa.DateTime(), nullable=True),
    sa.ForeignKeyConstraint(['file_id'], ['stored_file.id'], name=op.f('fk_certification_bank_import_file_id_stored_file')),
    sa.ForeignKeyConstraint(['job_id'], ['job.id'], name=op.f('fk_certification_bank_import_job_id_job')),
    sa.ForeignKeyConstraint(['made_by_id'], ['person.id'], name=op.f('fk_certification_bank_import_made_by_id_person')),
    sa.ForeignKeyConstraint(['mapping_id'], ['certification_bank_mapping.id'], name=op.f('fk_certification_bank_import_mapping_id_certification_bank_mapping')),
    sa.ForeignKeyConstraint(['school_id'], ['school.id'], name=op.f('fk_certification_bank_import_school_id_school')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_certification_bank_import'))
    )
    with op.batch_alter_table('certification_bank_import', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_certification_bank_import_file_id'), ['file_id'], unique=False)
        batch_op.create_index('ix_certification_bank_import_school', ['school_id', 'id'], unique=False)

    op.create_table('certification_clock',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('school_id', sa.Integer(), nullable=False),
    sa.Column('case_id', sa.Integer(), nullable=False),
    sa.Column('kind', sa.String(length=20), nullable=False),
    sa.Column('starts_on', sa.Date(), nullable=False),
    sa.Column('due_on', sa.Date(), nullable=False),
    sa.Column('noon', sa.Boolean(), nullable=False),
    sa.Column('paused_on', sa.Date(), nullable=True),
    sa.Column('warned_at', sa.DateTime(), nullable=True),
    sa.Column('acted_at', sa.DateTime(), nullable=True),
    sa.Column('ended_at', sa.DateTime(), nullable=True),
    sa.ForeignKeyConstraint(['case_id'], ['certification_case.id'], name=op.f('fk_certification_clock_case_id_certification_case')),
    sa.ForeignKeyConstraint(['school_id'], ['school.id'], name=op.f('fk_certification_clock_school_id_school')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_certification_clock'))
    )
    with op.batch_alter_table('certification_clock', schema=None) as batch_op:
        batch_op.create_index('ix_certification_clock_case', ['case_id', 'id'], unique=False)
        batch_op.create_index('ix_certification_clock_due', ['ended_at', 'due_on', 'id'], unique=False)

    op.create_table('certification_consent',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('case_id', sa.Integer(), nullable=False),
    sa.Column('notice_version', sa.String(length=20), nullable=False),
    sa.Column('publish', sa.Boolean(), nullable=False),
    sa.Column('at', sa.DateTime(), nullable=False),
    sa.ForeignKeyConstraint(['case_id'], ['certification_case.id'], name=op.f('fk_certification_consent_case_id_certification_case')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_certification_consent'))
    )
    with op.batch_alter_table('certification_consent', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_certification_consent_case_id'), ['case_id'], unique=False)

    op.create_table('certification_correction',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('case_id', sa.Integer(), nullable=False),
    sa.Column('stage', sa.Enum('DRAFT', 'RECEIVED', 'PROCEDURAL', 'CORRECTION', 'FEE_DUE', 'FEE_CLAIMED', 'REVIEW', 'ORAL', 'CERTIFIED', 'REFUSED', 'WITHDRAWN', 'REVOKED', 'ANNULLED', 'PREPARED', 'FILED', name='casestate', native_enum=False, length=20), nullable=False),
    sa.Column('due_on', sa.Date(), nullable=False),
    sa.Column('asked_at', sa.DateTime(), nullable=False),
    sa.Column('answered_at', sa.DateTime(), nullable=True),
    sa.Column('ended_at', sa.DateTime(), nullable=True),
    sa.ForeignKeyConstraint(['case_id'], ['certification_case.id'], name=op.f('fk_certification_correction_case_id_certification_case')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_certification_correction'))
    )
    with op.batch_alter_table('certification_correction', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_certification_correction_case_id'), ['case_id'], unique=False)

    op.create_table('certification_event',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('case_id', sa.Integer(), nullable=False),
    sa.Column('event', sa.String(length=30), nullable=False),
    sa.Column('from_state', sa.Enum('DRAFT', 'RECEIVED', 'PROCEDURAL', 'CORRECTION', 'FEE_DUE', 'FEE_CLAIMED', 'REVIEW', 'ORAL', 'CERTIFIED', 'REFUSED', 'WITHDRAWN', 'REVOKED', 'ANNULLED', 'PREPARED', 'FILED', name='casestate', native_enum=False, length=20), nullable=True),
    sa.Column('to_state', sa.Enum('DRAFT', 'RECEIVED', 'PROCEDURAL', 'CORRECTION', 'FEE_DUE', 'FEE_CLAIMED', 'REVIEW', 'ORAL', 'CERTIFIED', 'REFUSED', 'WITHDRAWN', 'REVOKED', 'ANNULLED', 'PREPARED', 'FILED', name='casestate', native_enum=False, length=20), nullable=False),
    sa.Column('words', sa.Text(), nullable=False),
    sa.Column('actor_id', sa.Integer(), nullable=True),
    sa.Column('at', sa.DateTime(), nullable=False),
    sa.ForeignKeyConstraint(['actor_id'], ['person.id'], name=op.f('fk_certification_event_actor_id_person')),
    sa.ForeignKeyConstraint(['case_id'], ['certification_case.id'], name=op.f('fk_certification_event_case_id_certification_case')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_certification_event'))
    )
    with op.batch_alter_table('certification_event', schema=None) as batch_op:
        batch_op.create_index('ix_certification_event_case', ['case_id', 'id'], unique=False)

    op.create_table('certification_fee_notice',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('school_id', sa.Integer(), nullable=False),
    sa.Column('case_id', sa.Integer(), nullable=False),
    sa.Column('reference', sa.String(length=20), nullable=False),
    sa.Column('review_fee', sa.Integer(), nullable=False),
    sa.Column('postage', sa.Integer(), nullable=False),
    sa.Column('copies', sa.Integer(), nullable=False),
    sa.Column('issued_at', sa.DateTime(), nullable=False),
    sa.Column('due_on', sa.Date(), nullable=False),
    sa.Column('claimed_at', sa.DateTime(), nullable=True),
    sa.Column('claim_words', sa.Text(), nullable=False),
    sa.Column('claim_file_id', sa.Integer(), nullable=True),
    sa.Column('paid_on', sa.Date(), nullable=True),
    sa.Column('ended_at', sa.DateTime(), nullable=True),
    sa.ForeignKeyConstraint(['case_id'], ['certification_case.id'], name=op.f('fk_certification_fee_notice_case_id_certification_case')),
    sa.ForeignKeyConstraint(['claim_file_id'], ['stored_file.id'], name=op.f('fk_certification_fee_notice_claim_file_id_stored_file')),
    sa.ForeignKeyConstraint(['school_id'], ['school.id'], name=op.f('fk_certification_fee_notice_school_id_school')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_certification_fee_notice')),
    sa.UniqueConstraint('school_id', 'reference', name=op.f('uq_certification_fee_notice_school_id_reference'))
    )
    with op.batch_alter_table('certification_fee_notice', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_certification_fee_notice_case_id'), ['case_id'], unique=False)
        batch_op.create_index(batch_op.f('ix_certification_fee_notice_claim_file_id'), ['claim_file_id'], unique=False)

    op.create_table('certification_hour_entry',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('school_id', sa.Integer(), nullable=False),
    sa.Column('person_id', sa.Integer(), nullable=False),
    sa.Column('topic', sa.String(length=20), nullable=False),
    sa.Column('title', sa.String(length=120), nullable=False),
    sa.Column('provider', sa.String(length=120), nullable=False),
    sa.Column('provider_kind', sa.String(length=20), nullable=False),
    sa.Column('approval_number', sa.String(length=40), nullable=False),
    sa.Column('held_on', sa.Date(), nullable=False),
    sa.Column('minutes', sa.Integer(), nullable=False),
    sa.Column('digital', sa.Boolean(), nullable=False),
    sa.Column('file_id', sa.Integer(), nullable=True),
    sa.Column('source', sa.String(length=40), nullable=False),
    sa.Column('made_at', sa.DateTime(), nullable=False),
    sa.Column('ended_at', sa.DateTime(), nullable=True),
    sa.ForeignKeyConstraint(['file_id'], ['stored_file.id'], name=op.f('fk_certification_hour_entry_file_id_stored_file')),
    sa.ForeignKeyConstraint(['person_id'], ['person.id'], name=op.f('fk_certification_hour_entry_person_id_person')),
    sa.ForeignKeyConstraint(['school_id'], ['school.id'], name=op.f('fk_certification_hour_entry_school_id_school')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_certification_hour_entry'))
    )
    with op.batch_alter_table('certification_hour_entry', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_certification_hour_entry_file_id'), ['file_id'], unique=False)
        batch_op.create_index('ix_certification_hour_entry_own', ['person_id', 'held_on', 'id'], unique=False)

    op.create_table('certification_meeting',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('school_id', sa.Integer(), nullable=False),
    sa.Column('name', sa.String(length=100), nullable=False),
    sa.Column('held_on', sa.Date(), nullable=False),
    sa.Column('place', sa.String(length=100), nullable=False),
    sa.Column('chair', sa.String(length=60), nullable=False),
    sa.Column('present', sa.Text(), nullable=False),
    sa.Column('notes', sa.Text(), nullable=False),
    sa.Column('minutes_file_id', sa.Integer(), nullable=True),
    sa.Column('made_at', sa.DateTime(), nullable=False),
    sa.Column('closed_at', sa.DateTime(), nullable=True),
    sa.ForeignKeyConstraint(['minutes_file_id'], ['stored_file.id'], name=op.f('fk_certification_meeting_minutes_file_id_stored_file')),
    sa.ForeignKeyConstraint(['school_id'], ['school.id'], name=op.f('fk_certification_meeting_school_id_school')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_certification_meeting'))
    )
    with op.batch_alter_table('certification_meeting', schema=None) as batch_op:
        batch_op.create_index('ix_certification_meeting_school', ['school_id', 'held_on', 'id'], unique=False)

    op.create_table('certification_oral',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('case_id', sa.Integer(), nullable=False),
    sa.Column('form', sa.String(length=20), nullable=False),
    sa.Column('place', sa.String(length=200), nullable=False),
    sa.Column('starts_at', sa.DateTime(), nullable=False),
    sa.Column('minutes', sa.Integer(), nullable=False),
    sa.Column('assessors', sa.String(length=200), nullable=False),
    sa.Column('uid', sa.String(length=64), nullable=False),
    sa.Column('sequence', sa.Integer(), nullable=False),
    sa.Column('result', sa.String(length=10), nullable=False),
    sa.Column('result_words', sa.Text(), nullable=False),
    sa.Column('cancelled_at', sa.DateTime(), nullable=True),
    sa.Column('made_at', sa.DateTime(), nullable=False),
    sa.ForeignKeyConstraint(['case_id'], ['certification_case.id'], name=op.f('fk_certification_oral_case_id_certification_case')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_certification_oral'))
    )
    with op.batch_alter_table('certification_oral', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_certification_oral_case_id'), ['case_id'], unique=False)

    op.create_table('certification_school_side',
    sa.Column('case_id', sa.Integer(), autoincrement=False, nullable=False),
    sa.Column('filed_on', sa.Date(), nullable=True),
    sa.Column('outside_number', sa.String(length=40), nullable=False),
    sa.Column('note', sa.Text(), nullable=False),
    sa.ForeignKeyConstraint(['case_id'], ['certification_case.id'], name=op.f('fk_certification_school_side_case_id_certification_case')),
    sa.PrimaryKeyConstraint('case_id', name=op.f('pk_certification_school_side'))
    )
    op.create_table('certification_version',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('case_id', sa.Integer(), nullable=False),
    sa.Column('number', sa.Integer(), nullable=False),
    sa.Column('form_version', sa.String(length=20), nullable=False),
    sa.Column('answers', sa.Text(), nullable=False),
    sa.Column('made_at', sa.DateTime(), nullable=False),
    sa.ForeignKeyConstraint(['case_id'], ['certification_case.id'], name=op.f('fk_certification_version_case_id_certification_case')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_certification_version')),
    sa.UniqueConstraint('case_id', 'number', name=op.f('uq_certification_version_case_id_number'))
    )
    op.create_table('certificate_event',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('certificate_id', sa.Integer(), nullable=False),
    sa.Column('kind', sa.String(length=20), nullable=False),
    sa.Column('on', sa.Date(), nullable=False),
    sa.Column('at', sa.DateTime(), nullable=False),
    sa.ForeignKeyConstraint(['certificate_id'], ['certificate.id'], name=op.f('fk_certificate_event_certificate_id_certificate')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_certificate_event'))
    )
    with op.batch_alter_table('certificate_event', schema=None) as batch_op:
        batch_op.create_index('ix_certificate_event_one', ['certificate_id', 'id'], unique=False)

    op.create_table('certification_correction_item',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('correction_id', sa.Integer(), nullable=False),
    sa.Column('field', sa.String(length=40), nullable=False),
    sa.Column('words', sa.Text(), nullable=False),
    sa.ForeignKeyConstraint(['correction_id'], ['certification_correction.id'], name=op.f('fk_certification_correction_item_correction_id_certification_correction')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_certification_correction_item')),
    sa.UniqueConstraint('correction_id', 'field', name=op.f('uq_certification_correction_item_correction_id_field'))
    )
    op.create_table('certification_file',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('version_id', sa.Integer(), nullable=False),
    sa.Column('slot', sa.String(length=40), nullable=False),
    sa.Column('file_id', sa.Integer(), nullable=False),
    sa.ForeignKeyConstraint(['file_id'], ['stored_file.id'], name=op.f('fk_certification_file_file_id_stored_file')),
    sa.ForeignKeyConstraint(['version_id'], ['certification_version.id'], name=op.f('fk_certification_file_version_id_certification_version')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_certification_file')),
    sa.UniqueConstraint('version_id', 'slot', name=op.f('uq_certification_file_version_id_slot'))
    )
    with op.batch_alter_table('certification_file', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_certification_file_file_id'), ['file_id'], unique=False)

    op.create_table('certification_letter',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('case_id', sa.Integer(), nullable=False),
    sa.Column('kind', sa.String(length=20), nullable=False),
    sa.Column('event_id', sa.Integer(), nullable=True),
    sa.Column('file_id', sa.Integer(), nullable=True),
    sa.Column('job_id', sa.Integer(), nullable=True),
    sa.Column('made_at', sa.DateTime(), nullable=False),
    sa.ForeignKeyConstraint(['case_id'], ['certification_case.id'], name=op.f('fk_certification_letter_case_id_certification_case')),
    sa.ForeignKeyConstraint(['event_id'], ['certification_event.id'], name=op.f('fk_certification_letter_event_id_certification_event')),
    sa.ForeignKeyConstraint(['file_id'], ['stored_file.id'], name=op.f('fk_certification_letter_file_id_stored_file')),
    sa.ForeignKeyConstraint(['job_id'], ['job.id'], name=op.f('fk_certification_letter_job_id_job')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_certification_letter'))
    )
    with op.batch_alter_table('certification_letter', schema=None) as batch_op:
        batch_op.create_index('ix_certification_letter_case', ['case_id', 'id'], unique=False)

    op.create_table('certification_meeting_item',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('meeting_id', sa.Integer(), nullable=False),
    sa.Column('case_id', sa.Integer(), nullable=False),
    sa.Column('resolution', sa.String(length=20), nullable=False),
    sa.Column('words', sa.Text(), nullable=False),
    sa.Column('done_at', sa.DateTime(), nullable=True),
    sa.ForeignKeyConstraint(['case_id'], ['certification_case.id'], name=op.f('fk_certification_meeting_item_case_id_certification_case')),
    sa.ForeignKeyConstraint(['meeting_id'], ['certification_meeting.id'], name=op.f('fk_certification_meeting_item_meeting_id_certification_meeting')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_certification_meeting_item')),
    sa.UniqueConstraint('meeting_id', 'case_id', name=op.f('uq_certification_meeting_item_meeting_id_case_id'))
    )
    with op.batch_alter_table('certification_meeting_item', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_certification_meeting_item_case_id'), ['case_id'], unique=False)

    op.create_table('certification_payment',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('school_id', sa.Integer(), nullable=False),
    sa.Column('import_id', sa.Integer(), nullable=True),
    sa.Column('notice_id', sa.Integer(), nullable=True),
    sa.Column('row_digest', sa.String(length=64), nullable=False),
    sa.Column('paid_on', sa.Date(), nullable=False),
    sa.Column('amount', sa.Integer(), nullable=False),
    sa.Column('reference', sa.String(length=40), nullable=False),
    sa.Column('payer', sa.Text(), nullable=False),
    sa.Column('match', sa.Enum('REFERENCE', 'AMOUNT_NAME', 'BY_HAND', 'UNMATCHED', 'DOUBLE', 'SHORT', 'OVER', 'LATE', name='paymentmatch', native_enum=False, length=20), nullable=False),
    sa.Column('refund_note', sa.Text(), nullable=False),
    sa.Column('refunded_on', sa.Date(), nullable=True),
    sa.Column('settled_by_id', sa.Integer(), nullable=True),
    sa.Column('taken_at', sa.DateTime(), nullable=False),
    sa.ForeignKeyConstraint(['import_id'], ['certification_bank_import.id'], name=op.f('fk_certification_payment_import_id_certification_bank_import')),
    sa.ForeignKeyConstraint(['notice_id'], ['certification_fee_notice.id'], name=op.f('fk_certification_payment_notice_id_certification_fee_notice')),
    sa.ForeignKeyConstraint(['school_id'], ['school.id'], name=op.f('fk_certification_payment_school_id_school')),
    sa.ForeignKeyConstraint(['settled_by_id'], ['person.id'], name=op.f('fk_certification_payment_settled_by_id_person')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_certification_payment')),
    sa.UniqueConstraint('school_id', 'row_digest', name=op.f('uq_certification_payment_school_id_row_digest'))
    )
    with op.batch_alter_table('certification_payment', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_certification_payment_import_id'), ['import_id'], unique=False)
        batch_op.create_index('ix_certification_payment_list', ['school_id', 'match', 'id'], unique=False)
        batch_op.create_index(batch_op.f('ix_certification_payment_notice_id'), ['notice_id'], unique=False)

    op.create_table('certification_renewal',
    sa.Column('case_id', sa.Integer(), autoincrement=False, nullable=False),
    sa.Column('certificate_id', sa.Integer(), nullable=False),
    sa.ForeignKeyConstraint(['case_id'], ['certification_case.id'], name=op.f('fk_certification_renewal_case_id_certification_case')),
    sa.ForeignKeyConstraint(['certificate_id'], ['certificate.id'], name=op.f('fk_certification_renewal_certificate_id_certificate')),
    sa.PrimaryKeyConstraint('case_id', name=op.f('pk_certification_renewal'))
    )
    with op.batch_alter_table('certification_renewal', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_certification_renewal_certificate_id'), ['certificate_id'], unique=False)

    op.create_table('certification_score',
    sa.Column('assignment_id', sa.Integer(), autoincrement=False, nullable=False),
    sa.Column('marks', sa.Text(), nullable=False),
    sa.Column('total', sa.Integer(), nullable=True),
    sa.Column('verdict', sa.Enum('FIT', 'CORRECT', 'ORAL', 'UNFIT', name='reviewverdict', native_enum=False, length=20), nullable=True),
    sa.Column('comment', sa.Text(), nullable=False),
    sa.Column('aside', sa.Text(), nullable=False),
    sa.Column('saved_at', sa.DateTime(), nullable=False),
    sa.Column('handed_in_at', sa.DateTime(), nullable=True),
    sa.ForeignKeyConstraint(['assignment_id'], ['certification_assignment.id'], name=op.f('fk_certification_score_assignment_id_certification_assignment')),
    sa.PrimaryKeyConstraint('assignment_id', name=op.f('pk_certification_score'))
    )


def downgrade() -> None:
    op.drop_table('certification_score')
    with op.batch_alter_table('certification_renewal', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_certification_renewal_certificate_id'))

    op.drop_table('certification_renewal')
    with op.batch_alter_table('certification_payment', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_certification_payment_notice_id'))
        batch_op.drop_index('ix_certification_payment_list')
        batch_op.drop_index(batch_op.f('ix_certification_payment_import_id'))

    op.drop_table('certification_payment')
    with op.batch_alter_table('certification_meeting_item', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_certification_meeting_item_case_id'))

    op.drop_table('certification_meeting_item')
    with op.batch_alter_table('certification_letter', schema=None) as batch_op:
        batch_op.drop_index('ix_certification_letter_case')

    op.drop_table('certification_letter')
    with op.batch_alter_table('certification_file', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_certification_file_file_id'))

    op.drop_table('certification_file')
    op.drop_table('certification_correction_item')
    with op.batch_alter_table('certificate_event', schema=None) as batch_op:
        batch_op.drop_index('ix_certificate_event_one')

    op.drop_table('certificate_event')
    op.drop_table('certification_version')
    op.drop_table('certification_school_side')
    with op.batch_alter_table('certification_oral', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_certification_oral_case_id'))

    op.drop_table('certification_oral')
    with op.batch_alter_table('certification_meeting', schema=None) as batch_op:
        batch_op.drop_index('ix_certification_meeting_school')

    op.drop_table('certification_meeting')
    with op.batch_alter_table('certification_hour_entry', schema=None) as batch_op:
        batch_op.drop_index('ix_certification_hour_entry_own')
        batch_op.drop_index(batch_op.f('ix_certification_hour_entry_file_id'))

    op.drop_table('certification_hour_entry')
    with op.batch_alter_table('certification_fee_notice', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_certification_fee_notice_claim_file_id'))
        batch_op.drop_index(batch_op.f('ix_certification_fee_notice_case_id'))

    op.drop_table('certification_fee_notice')
    with op.batch_alter_table('certification_event', schema=None) as batch_op:
        batch_op.drop_index('ix_certification_event_case')

    op.drop_table('certification_event')
    with op.batch_alter_table('certification_correction', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_certification_correction_case_id'))

    op.drop_table('certification_correction')
    with op.batch_alter_table('certification_consent', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_certification_consent_case_id'))

    op.drop_table('certification_consent')
    with op.batch_alter_table('certification_clock', schema=None) as batch_op:
        batch_op.drop_index('ix_certification_clock_due')
        batch_op.drop_index('ix_certification_clock_case')

    op.drop_table('certification_clock')
    with op.batch_alter_table('certification_bank_import', schema=None) as batch_op:
        batch_op.drop_index('ix_certification_bank_import_school')
        batch_op.drop_index(batch_op.f('ix_certification_bank_import_file_id'))

    op.drop_table('certification_bank_import')
    with op.batch_alter_table('certification_assignment', schema=None) as batch_op:
        batch_op.drop_index('ix_certification_assignment_own')

    op.drop_table('certification_assignment')
    with op.batch_alter_table('certificate', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_certificate_public_name'))
        batch_op.drop_index('ix_certificate_list')
        batch_op.drop_index(batch_op.f('ix_certificate_holder_id'))
        batch_op.drop_index('ix_certificate_expiring')
        batch_op.drop_index(batch_op.f('ix_certificate_case_id'))

    op.drop_table('certificate')
    with op.batch_alter_table('certification_case', schema=None) as batch_op:
        batch_op.drop_index('ix_certification_case_who')
        batch_op.drop_index('ix_certification_case_queue')
        batch_op.drop_index('ix_certification_case_own')
        batch_op.drop_index(batch_op.f('ix_certification_case_confirmed_at'))

    op.drop_table('certification_case')
    with op.batch_alter_table('certification_entry_code', schema=None) as batch_op:
        batch_op.drop_index('ix_certification_entry_code_whom')
        batch_op.drop_index(batch_op.f('ix_certification_entry_code_expires_at'))

    op.drop_table('certification_entry_code')
    op.drop_table('certification_counter')
    op.drop_table('certification_bank_mapping')
    with op.batch_alter_table('certification_announcement', schema=None) as batch_op:
        batch_op.drop_index('ix_certification_announcement_list')

    op.drop_table('certification_announcement')
