"""The built-in fields of every account, in short: code, name, type."""

from collections.abc import Mapping

Row = tuple[str, str, str]

PERSON: tuple[Row, ...] = (
    ("id", "ID", "int"),
    ("name", "Name", "varchar"),
    ("first_name", "First name", "varchar"),
    ("last_name", "Last name", "varchar"),
    ("phone", "Phone", "phone"),
    ("email", "Email", "varchar"),
    ("label_ids", "Labels", "set"),
    ("owner_id", "Owner", "user"),
    ("org_id", "Organization", "org"),
    ("add_time", "Person created", "date"),
    ("update_time", "Update time", "date"),
    ("visible_to", "Visible to", "visible_to"),
    ("picture_id", "Profile picture", "picture"),
)
PERSON_OPTIONAL: tuple[Row, ...] = (
    ("next_activity_id", "Next activity", "activity"),
    ("last_activity_id", "Last activity", "activity"),
    ("open_deals_count", "Open deals", "int"),
    ("won_deals_count", "Won deals", "int"),
    ("lost_deals_count", "Lost deals", "int"),
    ("activities_count", "Total activities", "int"),
    ("notes_count", "Notes", "int"),
    ("marketing_status", "Marketing status", "enum"),
)
ORGANIZATION: tuple[Row, ...] = (
    ("id", "ID", "int"),
    ("name", "Name", "varchar"),
    ("label_ids", "Labels", "set"),
    ("owner_id", "Owner", "user"),
    ("address", "Address", "address"),
    ("website", "Website", "varchar"),
    ("linkedin", "LinkedIn profile", "varchar"),
    ("industry", "Industry", "enum"),
    ("annual_revenue", "Annual revenue", "int"),
    ("employee_count", "Number of employees", "int"),
    ("add_time", "Organization created", "date"),
    ("update_time", "Update time", "date"),
    ("visible_to", "Visible to", "visible_to"),
)
ORGANIZATION_OPTIONAL: tuple[Row, ...] = (
    ("people_count", "People", "int"),
    ("open_deals_count", "Open deals", "int"),
    ("activities_count", "Total activities", "int"),
    ("notes_count", "Notes", "int"),
)
DEAL: tuple[Row, ...] = (
    ("id", "ID", "int"),
    ("title", "Title", "varchar"),
    ("creator_user_id", "Creator", "user"),
    ("owner_id", "Owner", "user"),
    ("value", "Value", "monetary"),
    ("currency", "Currency", "varchar"),
    ("person_id", "Contact person", "people"),
    ("org_id", "Organization", "org"),
    ("pipeline_id", "Pipeline", "int"),
    ("stage_id", "Stage", "stage"),
    ("status", "Status", "status"),
    ("probability", "Probability", "int"),
    ("lost_reason", "Lost reason", "varchar_options"),
    ("label_ids", "Labels", "set"),
    ("expected_close_date", "Expected close date", "date"),
    ("close_time", "Deal closed on", "date"),
    ("won_time", "Won time", "date"),
    ("lost_time", "Lost time", "date"),
    ("stage_change_time", "Last stage change", "date"),
    ("add_time", "Deal created", "date"),
    ("update_time", "Update time", "date"),
    ("visible_to", "Visible to", "visible_to"),
    ("origin", "Source origin", "enum"),
    ("channel", "Source channel", "enum"),
)
DEAL_OPTIONAL: tuple[Row, ...] = (
    ("next_activity_id", "Next activity", "activity"),
    ("last_activity_id", "Last activity", "activity"),
    ("activities_count", "Total activities", "int"),
    ("products_count", "Products", "int"),
    ("notes_count", "Notes", "int"),
)
ACTIVITY: tuple[Row, ...] = (
    ("id", "ID", "int"),
    ("subject", "Subject", "varchar"),
    ("type", "Type", "enum"),
    ("owner_id", "Assigned to user", "user"),
    ("deal_id", "Deal", "deal"),
    ("lead_id", "Lead", "lead"),
    ("org_id", "Organization", "org"),
    ("participants", "Contact person", "json"),
    ("due_date", "Due date", "date"),
    ("due_time", "Due time", "time"),
    ("duration", "Duration", "time"),
    ("busy", "Free / busy", "boolean"),
    ("done", "Done", "boolean"),
    ("location", "Location", "address"),
    ("priority", "Priority", "enum"),
    ("public_description", "Public description", "text"),
    ("note", "Note", "text"),
    ("marked_as_done_time", "Marked as done time", "date"),
    ("add_time", "Add time", "date"),
    ("update_time", "Last updated time", "date"),
)
NOTE: tuple[Row, ...] = (
    ("id", "ID", "int"),
    ("content", "Content", "text"),
    ("user_id", "Author", "user"),
    ("deal_id", "Deal", "deal"),
    ("person_id", "Person", "people"),
    ("org_id", "Organization", "org"),
    ("lead_id", "Lead", "lead"),
    ("add_time", "Add time", "date"),
    ("update_time", "Update time", "date"),
    ("pinned_to_deal_flag", "Note is pinned to deal", "enum"),
    ("pinned_to_person_flag", "Note is pinned to person", "enum"),
    ("pinned_to_organization_flag", "Note is pinned to organization", "enum"),
)

BUILT_IN: Mapping[str, tuple[Row, ...]] = {
    "person": PERSON,
    "organization": ORGANIZATION,
    "deal": DEAL,
    "activity": ACTIVITY,
    "note": NOTE,
    "product": (("id", "ID", "int"), ("name", "Name", "varchar")),
}
OPTIONAL: Mapping[str, tuple[Row, ...]] = {
    "person": PERSON_OPTIONAL,
    "organization": ORGANIZATION_OPTIONAL,
    "deal": DEAL_OPTIONAL,
}
# Labels every account starts with, and the two texts of visibility.
LABELS = (
    ("Customer", "green"),
    ("Hot lead", "red"),
    ("Warm lead", "yellow"),
    ("Cold lead", "blue"),
)
