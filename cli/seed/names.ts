// Words that made-up patients are made of: names from many places, with accents, hyphens and apostrophes,
// so that search and display meet them all.

export const GIVEN_NAMES =
  `Aaliyah Adaeze Ahmed Aiko Alejandra Alexei Amara Amélie Ana Andrzej Anh Anneliese Antonio Arjun
  Astrid Ayşe Beatriz Benjamin Björn Bogdan Brigitte Bruno Camille Carlos Chiamaka Chidi Chloé Claire Connor Dagny
  Daniela Danilo David Deepa Diego Dmitri Dolores Eamon Ebba Edith Eileen Elena Elif Eliška Emeka Emily Emre Enrique
  Esther Eva Fatima Felipe Finn Florence François Freya Gabriel Gareth Giulia Grace Gustavo Hamza Hannah Haruto Héctor
  Heidi Henrik Hoa Hugo Ibrahim Ilse Imani Ines Ingrid Irene Isaac Isabela Ivan Jacek Jack Jamal James Jana Jasmine
  Javier Jean-Luc Jelena Joanna João John Jorge José Josephine Julia Júlia Kaito Kateryna Katarzyna Kenji Khadija
  Klaus Kwame Lars Laura Leila Leo Liam Linh Lucía Luis Łukasz Mădălina Maeve Magnus Malik Manuel Marco Margaret María
  Marie-Claire Mateo Matthew Mbali Mei Mercy Michael Michał Mikael Minh Miriam Mohammed Moira Naledi Naomi Nathan Nia
  Niamh Nicolás Nikhil Noah Noor Nuria Oisín Oksana Olga Oliver Olumide Omar Óscar Oskar Owen Pablo Patience Paul Pedro
  Petra Philippe Pilar Priya Quinn Rachel Raj Ramón Rebecca Renée Ricardo Rosa Ruth Saanvi Salma Samuel Sana Santiago
  Sarah Seán Sebastián Selin Sibusiso Siobhán Sofía Søren Stanisław Stefan Sunita Svetlana Takeshi Tamar Tariq Teresa
  Thandiwe Theo Thérèse Thomas Tobias Tomás Uma Valentina Vera Victor Vikram Violet Wei William Xavier Ximena Yara Yasmin
  Yuki Yusuf Zahra Zbigniew Zoë Zofia`.split(/\s+/);

/** Given names that are mostly women's, and those that are anybody's; the others are mostly men's. */
export const FEMALE_NAMES: ReadonlySet<string> = new Set(
  `Aaliyah Adaeze Aiko Alejandra Amara Amélie Ana Anneliese Astrid Ayşe Beatriz Brigitte Camille Chiamaka Chloé Claire
  Dagny Daniela Deepa Dolores Ebba Edith Eileen Elena Elif Eliška Emily Esther Eva Fatima Florence Freya Giulia Grace
  Hannah Heidi Ilse Imani Ines Ingrid Irene Isabela Jana Jasmine Jelena Joanna Josephine Julia Júlia Kateryna Katarzyna
  Khadija Laura Leila Linh Lucía Mădălina Maeve Margaret María Marie-Claire Mbali Mei Mercy Miriam Moira Naledi Naomi Nia
  Niamh Nuria Oksana Olga Patience Petra Pilar Priya Rachel Rebecca Renée Rosa Ruth Saanvi Salma Sana Sarah Selin Siobhán
  Sofía Sunita Svetlana Tamar Teresa Thandiwe Thérèse Uma Valentina Vera Violet Ximena Yara Yasmin Zahra Zoë Zofia`.split(
    /\s+/,
  ),
);

export const NEUTRAL_NAMES: ReadonlySet<string> = new Set(
  'Anh Hoa Minh Noor Quinn Wei Yuki'.split(' '),
);

/** What people react to, and what to beware of with them. */
export const ALLERGIES =
  'Penicillin, Latex, Peanuts, Ibuprofen, Bee stings, Iodine contrast, Sulfonamides, Shellfish'.split(
    ', ',
  );
export const WARNINGS =
  'Takes warfarin, Pacemaker, Risk of falling, Hard of hearing, Needs an interpreter'.split(', ');

export const FAMILY_NAMES =
  `Abebe Adeyemi Ahmed Åkesson Akhtar Almeida Álvarez Anderson Andersson Asante Baker Banerjee
  Bauer Becker Bélanger Bennett Bernard Bianchi Björklund Boateng Brennan Brown Byrne Campbell Carvalho Chen Choi
  Cohen Collins Cooper Costa Cruz D'Angelo D'Souza Da-Silva Davies De-Vries Delgado Demir Diallo Díaz Dimitrov Dubois Dupont
  Edwards El-Amin Eriksen Estévez Evans Fernández Ferrari Ferreira Fischer Fitzgerald Flores Foster Fournier
  García García-López Gonçalves González Górski Gray Green Gupta Gutiérrez Hall Hansen Harris Hashimoto Hernández
  Hoffmann Horvat Hughes Hussain Ibáñez Ibrahim Ito Ivanova Jackson Jansen Jiménez Johansson Johnson Jones Kamara Kang
  Kaplan Kaur Kelly Khan Kim King Kowalczyk Kowalski Kovačević Kraus Kumar Larsen Laurent Le-Goff Lee Leroy Lewis Li
  Lindqvist Lopes López Lund Lévesque MacDonald Mahlangu Malik Mancini Marín Martin Martínez Mbeki McAllister
  McCarthy Mehta Mendes Meyer Miller Mokoena Molina Moore Morales Moreau Moreno Morgan Müller Muñoz Murphy
  N'Diaye Nagy Nakamura Navarro Nguyen Nielsen Nkosi Novák Nowak Núñez O'Brien O'Connor O'Neill O'Sullivan Oduya
  Okafor Okonkwo Oliveira Olsen Ortega Osei Øvergård Owusu Papadopoulos Park Patel Pereira Pérez Petrov Phillips
  Pham Popescu Price Quispe Ramírez Rao Reyes Ricci Rivera Roberts Robinson Rodríguez Romano Romero Rossi Roy Ruiz
  Saito Sánchez Santos Sato Schmidt Schneider Schröder Scott Şahin Sharma Silva Singh Smith Smith-Jones Sokolov
  Soto Sousa Suárez Suzuki Svensson Szabó Takahashi Tanaka Taylor Thomas Thompson Torres Tran Tremblay Tshabalala
  Turner Van-Dyk Vargas Vasquez Villanueva Vos Wagner Walker Wang Watanabe Weber White Williams Wilson Wójcik Wright
  Xu Yamamoto Yıldız Young Zając Zhang Zimmermann Žukauskas`
    .split(/\s+/)
    // In the list a hyphen before a particle stands for the space that splitting would lose.
    .map((name) => name.replace(/^(Da|De|Van|Le)-/, '$1 '));

export const STREETS =
  `Alder Ashgrove Birch Bluebell Bridge Canal Castle Cedar Chapel Chestnut Church Clover Copper Cypress
  Dogwood Elm Fern Foundry Garden Granary Harbor Hawthorn Hazel Hickory Hill Ivy Juniper Lake Lantern Laurel Linden
  Magnolia Maple Market Meadow Mill Oak Orchard Park Pearl Pine Poplar Quarry River Rosewood School Spring Station
  Sycamore Tannery Valley Vine Walnut Willow`.split(/\s+/);

export const STREET_KINDS = ['Street', 'Avenue', 'Road', 'Lane', 'Court', 'Drive'];

/** Places that do not exist, with ZIP code prefixes that the US Postal Service does not use. */
export const TOWNS = [
  ['Ashford Mills', '00012'],
  ['Cedar Hollow', '00027'],
  ['East Harrow', '00034'],
  ['Kestrel Bay', '00041'],
  ['Marlow Springs', '00058'],
  ['New Calder', '00063'],
  ['Port Linnet', '00079'],
  ['Stonebrook', '00085'],
  ['Upper Fenwick', '00092'],
] as const;

export const PROVIDERS = [
  'MaestCare',
  'Bluefield Mutual',
  'Harborlight Health',
  'Northwind Assurance',
  'Sunridge Benefit Plan',
  'Tamarack Cooperative',
  'Union Pines Health',
];

export const NOTES = {
  routine: [
    'Annual check-up. No complaints.',
    'Routine visit. Feels well, sleeps well.',
    'Follow-up as planned. Nothing new.',
    'Vaccination today, no reaction after 20 minutes.',
    'Blood drawn for the yearly panel.',
    'Discussed diet and daily walks.',
    'Medication list reviewed, no changes.',
  ],
  pressure: [
    'Pressure still above target. Home readings twice a day for two weeks.',
    'Tolerates the new tablet well, no cough.',
    'Pressure better than last time. Same dose.',
    'Reports headaches in the morning; dose raised.',
  ],
  weight: [
    'Weight discussed; referral to the dietitian accepted.',
    'Keeps the food diary. Encouraged to go on.',
    'Clothes fit better, walks every day.',
  ],
  acute: [
    'Sore throat for three days, no fever. Fluids and rest.',
    'Sprained ankle on the stairs. Elastic bandage.',
    'Cough and fever since yesterday. Chest clear.',
    'Stomach upset after travel, improving.',
    'Itching rash on both forearms, new soap at home.',
  ],
} as const;
