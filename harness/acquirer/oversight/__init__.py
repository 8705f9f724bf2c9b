"""Who may go on: risk, appeals, certificates, rules, announcements, upgrades, reports of loss, idleness, quality."""
