"""From the application to the terminal at the counter: drafts, review teams, approval, parcels, further accounts."""
