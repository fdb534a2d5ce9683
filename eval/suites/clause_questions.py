"""How a person asks whether a contract has a clause of one of CUAD's 41 categories (arXiv 2103.06268, category list).

One wording a category, written from the category's description, not from any contract. The contract itself is given
beside the question, so it is not named.
"""

from collections.abc import Mapping
from types import MappingProxyType

CLAUSE_QUESTIONS: Mapping[str, str] = MappingProxyType(
    {
        "Document Name": "What is the name of this contract?",
        "Parties": "Who are the parties that signed this contract?",
        "Agreement Date": "What is the date of this contract?",
        "Effective Date": "On which date does this contract take effect?",
        "Expiration Date": "When does the contract's initial term expire?",
        "Renewal Term": "For how long is the contract renewed after its initial term?",
        "Notice Period To Terminate Renewal": "How much notice must be given to stop the contract from being renewed?",
        "Governing Law": "Which state's or country's law governs this contract?",
        "Most Favored Nation": "If a third party gets better terms, is the buyer entitled to those better terms too?",
        "Non-Compete": "Is a party restricted from competing with the other one?",
        "Exclusivity": "Is there an exclusive dealing commitment with the other party?",
        "No-Solicit Of Customers": "Is a party forbidden to solicit the customers or partners of the other one?",
        "Competitive Restriction Exception": "What exceptions are there to the non-compete or exclusivity obligations?",
        "No-Solicit Of Employees": "Is a party forbidden to solicit or hire the employees of the other one?",
        "Non-Disparagement": "Must a party refrain from disparaging the other one?",
        "Termination For Convenience": "Can a party terminate this contract without cause, simply by giving notice?",
        "Rofr/Rofo/Rofn": "Does a party have a right of first refusal, of first offer or of first negotiation?",
        "Change Of Control": "What happens if a party undergoes a change of control, such as a merger or a stock sale?",
        "Anti-Assignment": "Is consent or notice required if the contract is assigned to a third party?",
        "Revenue/Profit Sharing": "Must a party share revenue or profit with the other one?",
        "Price Restrictions": "Is a party restricted in raising or reducing its prices?",
        "Minimum Commitment": "Is there a minimum order or a minimum amount that a party must buy?",
        "Volume Restriction": "Does the fee rise, or is consent needed, if the use exceeds a certain volume?",
        "Ip Ownership Assignment": "Does intellectual property created by one party become the property of the other?",
        "Joint Ip Ownership": "Is any intellectual property owned jointly by the parties?",
        "License Grant": "Does one party grant the other a license?",
        "Non-Transferable License": "Is the license that is granted non-transferable?",
        "Affiliate License-Licensor": "Does the license include intellectual property of the licensor's affiliates?",
        "Affiliate License-Licensee": "Does the license extend to the affiliates of the licensee?",
        "Unlimited/All-You-Can-Eat-License": "Does a party get an enterprise license or a license for unlimited use?",
        "Irrevocable Or Perpetual License": "Is any license irrevocable or perpetual?",
        "Source Code Escrow": "Must a party deposit its source code in escrow with a third party?",
        "Post-Termination Services": "What must a party still do after the contract has ended?",
        "Audit Rights": "Does a party have the right to audit the books, records or premises of the other one?",
        "Uncapped Liability": "For which breaches is a party's liability not capped?",
        "Cap On Liability": "Is a party's liability limited to a maximum amount or to a time for bringing claims?",
        "Liquidated Damages": "Does the contract provide for liquidated damages or a termination fee?",
        "Warranty Duration": "How long does the warranty against defects last?",
        "Insurance": "Which insurance must a party maintain?",
        "Covenant Not To Sue": "Is a party barred from contesting the other one's ownership of intellectual property?",
        "Third Party Beneficiary": "Is there a third party that benefits from the contract and can enforce it?",
    }
)
